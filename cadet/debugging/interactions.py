"""Kernels of a few options together: sums over the products of one, two and three different options, compiled.

With s1, s2, s3 the sums of the options' kernels, of their squares and of their cubes, the products of two different
options sum to (s1² - s2) / 2 and those of three to (s1³ - 3 s1 s2 + 2 s3) / 6 (Newton-Girard; Duvenaud et al. 2011).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import compiled, summing

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@compiled
def powers(parts: Floats) -> Floats:
    """Return (3, elements): the sums over one, two and three different options; parts: (options, elements)."""
    first, square, cube = np.zeros(parts.shape[1]), np.zeros(parts.shape[1]), np.zeros(parts.shape[1])
    for part in parts:
        for e in range(len(part)):
            value = part[e]
            first[e] += value
            square[e] += value * value
            cube[e] += value * value * value
    sums = np.empty((3, parts.shape[1]))
    sums[0] = first
    sums[1] = (first * first - square) / 2
    sums[2] = (first * first * first - 3 * first * square + 2 * cube) / 6
    return sums


@compiled
def weighted(weights: Floats, owner: Indices, kernels: Floats) -> Floats:
    """Return (options, elements) each option's weighted kernel; kernels: (components, elements)."""
    parts = np.zeros((owner[-1] + 1 if len(owner) else 1, kernels.shape[1]))
    for k in range(len(weights)):
        if weights[k] != 0.0:
            part, kernel, weight = parts[owner[k]], kernels[k], weights[k]
            for e in range(len(part)):
                part[e] += weight * kernel[e]
    return parts


@summing
def slopes(
    weights: Floats, parts: Floats, sums: Floats, owner: Indices, kernels: Floats, orders: Floats, q: Floats
) -> Floats:
    """Return (components + 2,) the derivative of sum(q * kernel) by each weight, then by both orders of interaction."""
    slope = np.zeros(len(owner) + 2)
    first, second, third = sums[0], sums[1], sums[2]
    one, two = orders[0], orders[1]
    idle, moved = np.empty(len(q)), np.empty(len(q))
    for e in range(len(q)):
        idle[e] = q[e] * (1 + one * first[e] + two * second[e])
    begin = 0
    while begin < len(owner):
        end, weighty = begin, False
        while end < len(owner) and owner[end] == owner[begin]:
            weighty = weighty or weights[end] != 0.0
            end += 1
        along = idle  # the same for every option without a weight
        if weighty:
            part, along = parts[owner[begin]], moved
            for e in range(len(q)):
                others = first[e] - part[e]
                moved[e] = q[e] * (1 + one * others + two * (second[e] - part[e] * others))
        for k in range(begin, end):
            kernel, total = kernels[k], 0.0
            for e in range(len(q)):
                total += along[e] * kernel[e]
            slope[k] = total
        begin = end
    by_two, by_three = 0.0, 0.0
    for e in range(len(q)):
        by_two += q[e] * second[e]
        by_three += q[e] * third[e]
    slope[-2], slope[-1] = by_two, by_three
    return slope


@compiled
def gathered(rows: Floats, index: Indices, orders: Floats) -> Floats:
    """Return (places, elements) the kernel of places that differ from the fault in a few options, without constant.

    rows: (entries, elements) an option's weighted kernel from one of its values; entry 0 is all zeros. index: (places,
    most changes) the entries of each place, filled up with 0.
    """
    total = np.empty((len(index), rows.shape[1]))
    first, square, cube = np.empty(rows.shape[1]), np.empty(rows.shape[1]), np.empty(rows.shape[1])
    for place in range(len(index)):
        first[:], square[:], cube[:] = 0.0, 0.0, 0.0
        for at in index[place]:
            if at != 0:
                row = rows[at]
                for e in range(len(row)):
                    value = row[e]
                    first[e] += value
                    square[e] += value * value
                    cube[e] += value * value * value
        for e in range(len(first)):
            two = (first[e] * first[e] - square[e]) / 2
            three = (first[e] * first[e] * first[e] - 3 * first[e] * square[e] + 2 * cube[e]) / 6
            total[place, e] = first[e] + orders[0] * two + orders[1] * three
    return total


@compiled
def differing(a: Floats, b: Floats) -> Floats:
    """Return (rows of a, rows of b) in how many columns two rows differ."""
    count = np.zeros((len(a), len(b)))
    for i in range(len(a)):
        for j in range(len(b)):
            number = 0
            for k in range(a.shape[1]):
                number += a[i, k] != b[j, k]
            count[i, j] = number
    return count
