/* A program that computes on a simulated GPU: work GPU GIGACYCLES GIGABYTES [KERNELS]; answers what it saw as JSON.
   It puts its kernels on the board and sleeps until they are done, as a program that waits for a GPU does. */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int nvmlInitWithFlags(unsigned flags);
int nvmlShutdown(void);
int simLaunch(void *device, double gigacycles, double gigabytes);
int simSynchronize(void *device);

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

int main(int count, char **words) {
    if (count < 4 || nvmlInitWithFlags(0)) return fprintf(stderr, "no simulated board\n"), 1;
    void *device = (void *)(atol(words[1]) + 1);
    int kernels = count > 4 ? atoi(words[4]) : 1;
    double start = seconds();
    for (int i = 0; i < kernels; i++)
        if (simLaunch(device, atof(words[2]) / kernels, atof(words[3]) / kernels) || simSynchronize(device)) return 1;
    printf("{\"kernel_s\": %.9f}\n", seconds() - start);
    return nvmlShutdown();
}
