"""What tests of CADET and of its plugins need: worlds with known truth, laboratories, conformance suites."""
