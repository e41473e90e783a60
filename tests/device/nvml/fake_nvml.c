/* A simulated board: the part of libnvidia-ml.so.1 that CADET uses, for two GPUs that do not exist.

   The board lives in one file, mapped by every process that names it in SIMULATED_NVML_BOARD, so that a workload, a
   sensor, a watchdog and a test see the same two GPUs. Without that variable nvmlInit says "driver not loaded".
   Nothing runs in the background: whoever looks first advances the model to the present, exactly, since power is
   constant between two events.

   The model, per GPU
     kernels   launched work is `gigacycles` of arithmetic and `gigabytes` of memory traffic; it takes the longer of
               gigacycles / graphics clock (GHz) and gigabytes / (760 GB/s x memory clock / 9500 MHz)   (a roofline)
     power     idle: 25 W + 15 W m; busy: 25 W + 50 W m + 220 W r (V(r) / V(1))^2,  V(r) = 0.7 + 0.35 r volts,
               r = graphics clock / 1800 MHz, m = memory clock / 9500 MHz: 295 W at full clocks
     clocks    idle: 210 and 405 MHz, locked or not; busy: the highest supported ones that a lock, the power limit and
               (from 90 degrees C on) the thermal slowdown to 600 MHz allow; never below 210 MHz
     energy    the integral of power, counted in whole mJ; GPU 1 has no counter and no memory clock lock
     refresh   the counter moves, and power (a mean) is told anew, every 20 ms; utilisation every 100 ms
     heat      first order: towards ambient + 0.15 K/W x power, in 5 s
     driver    as on Linux without persistence mode: when the last client has gone, limits, locks and the compute mode
               fall back to the defaults

   Injected errors: SIMULATED_NVML_FAULTS, or simFaults(), holds `function[@gpu]=code` items separated by `;`, where the
   function may end in `*`; the code 0 makes a setter say success and do nothing. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define GPUS 2
#define CLIENTS 64
#define STEP_MHZ 15
#define LOWEST_MHZ 210
#define HIGHEST_MHZ 1800
#define SLOWDOWN_MHZ 600
#define SLOWDOWN_C 90.0
#define REFRESH_S 0.02
#define WINDOW 5 /* refreshes, over which utilisation is counted */

enum { OK = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, TOO_SMALL = 7, NOT_LOADED = 9, IGNORED = -1 };
enum { IDLE = 0x1, POWER_CAP = 0x4, HW_SLOWDOWN = 0x8, HW_THERMAL = 0x40 };

static const unsigned MEMORY_MHZ[] = {9500, 5000, 810, 405};
#define MEMORY_CLOCKS 4

typedef struct {
    double now, joules, celsius, ambient;
    double gigacycles, gigabytes, left; /* of the kernel that runs; left in [0, 1] */
    double refresh_at, counted, told_w; /* what was told last: joules, watts */
    double busy_s, utilisation;
    unsigned refreshes;
    unsigned limit_mw, low_mhz, high_mhz, memory_low_mhz, memory_high_mhz, persistence, compute_mode;
    unsigned long long memory_used;
} Gpu;

typedef struct {
    unsigned ready;
    pid_t clients[CLIENTS];
    char faults[512];
    Gpu gpu[GPUS];
} Board;

static Board *board;
static int file = -1, opened;
static pthread_mutex_t threads = PTHREAD_MUTEX_INITIALIZER;

/* ── the model ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static double power(unsigned graphics, unsigned memory, int busy) {
    double r = graphics / (double)HIGHEST_MHZ, m = memory / 9500.0, v = (0.7 + 0.35 * r) / 1.05;
    return busy ? 25 + 50 * m + 220 * r * v * v : 25 + 15 * m;
}

static unsigned memory_clock(const Gpu *g) {
    if (g->left <= 0) return MEMORY_MHZ[MEMORY_CLOCKS - 1];
    return g->memory_high_mhz ? g->memory_high_mhz : MEMORY_MHZ[0];
}

static unsigned graphics_clock(const Gpu *g, unsigned long long *reasons) {
    *reasons = 0;
    if (g->left <= 0) return *reasons = IDLE, LOWEST_MHZ;
    unsigned clock = g->high_mhz ? g->high_mhz : HIGHEST_MHZ;
    if (g->celsius >= SLOWDOWN_C && clock > SLOWDOWN_MHZ) *reasons |= HW_SLOWDOWN | HW_THERMAL, clock = SLOWDOWN_MHZ;
    while (clock > LOWEST_MHZ && power(clock, memory_clock(g), 1) * 1000 > g->limit_mw)
        *reasons |= POWER_CAP, clock -= STEP_MHZ;
    return clock;
}

static double watts(const Gpu *g) {
    unsigned long long reasons;
    return power(graphics_clock(g, &reasons), memory_clock(g), g->left > 0);
}

static double kernel_seconds(const Gpu *g) { /* the whole kernel's, at the present clocks */
    unsigned long long reasons;
    double compute = g->gigacycles / (graphics_clock(g, &reasons) / 1000.0);
    double traffic = g->gigabytes / (760.0 * memory_clock(g) / 9500.0);
    return compute > traffic ? compute : traffic;
}

static void refresh(Gpu *g) {
    g->told_w = (g->joules - g->counted) / REFRESH_S, g->counted = g->joules;
    g->refresh_at += REFRESH_S;
    if (++g->refreshes % WINDOW) return;
    g->utilisation = g->busy_s / (WINDOW * REFRESH_S), g->busy_s = 0;
}

static void advance(Gpu *g, double until) {
    while (g->now < until) {
        double next = until < g->refresh_at ? until : g->refresh_at, p = watts(g), step;
        int busy = g->left > 0;
        if (busy) {
            double all = kernel_seconds(g), end = g->now + g->left * all;
            if (end <= next) next = end > g->now ? end : g->now, g->left = 0;
            else g->left -= (next - g->now) / all;
        }
        step = next - g->now;
        g->joules += p * step;
        g->celsius += (g->ambient + 0.15 * p - g->celsius) * (1 - exp(-step / 5));
        if (busy) g->busy_s += step;
        g->now = next;
        if (next >= g->refresh_at) refresh(g);
    }
}

static void defaults(Gpu *g) {
    g->limit_mw = 300000;
    g->low_mhz = g->high_mhz = g->memory_low_mhz = g->memory_high_mhz = g->compute_mode = 0;
}

/* ── one board for all processes ───────────────────────────────────────────────────────────────────────────────── */

static void hold(short kind) { /* released by the kernel when a process is killed */
    struct flock region = {.l_type = kind, .l_whence = SEEK_SET};
    while (fcntl(file, F_SETLKW, &region) && errno == EINTR) {}
}

static void take(void) {
    pthread_mutex_lock(&threads);
    hold(F_WRLCK);
    for (int i = 0; i < GPUS; i++) advance(&board->gpu[i], seconds());
}

static void give(void) {
    hold(F_UNLCK);
    pthread_mutex_unlock(&threads);
}

int simAttach(const char *path) {
    if (board) munmap(board, sizeof *board), close(file), board = NULL, opened = 0;
    if (!path || (file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666)) < 0) return NOT_LOADED;
    hold(F_WRLCK);
    if (ftruncate(file, sizeof *board)) return NOT_LOADED;
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (board == MAP_FAILED) return board = NULL, NOT_LOADED;
    for (int i = 0; i < GPUS && !board->ready; i++) {
        Gpu *g = &board->gpu[i];
        defaults(g);
        g->now = seconds(), g->refresh_at = g->now + REFRESH_S, g->told_w = watts(g);
        g->celsius = g->ambient = 30, g->memory_used = 400ull << 20;
    }
    board->ready = 1;
    hold(F_UNLCK);
    return OK;
}

static int alive(pid_t pid) { /* a zombie has closed its files, so it is no client any more */
    char path[32], state = 'X';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *stat = fopen(path, "r");
    if (!stat) return 0;
    if (fscanf(stat, "%*d (%*[^)]) %c", &state) != 1) state = 'X';
    fclose(stat);
    return state != 'Z' && state != 'X';
}

static void come_or_go(pid_t me, int coming) {
    int left = 0;
    for (int i = 0; i < CLIENTS; i++) {
        pid_t p = board->clients[i];
        if (p && (p == me || !alive(p))) board->clients[i] = 0;
        else left += p != 0;
    }
    for (int i = 0; i < GPUS && !left; i++)
        if (!board->gpu[i].persistence) defaults(&board->gpu[i]);
    for (int i = 0; i < CLIENTS && coming; i++)
        if (!board->clients[i]) board->clients[i] = me, coming = 0;
}

static int listed(const char *items, const char *function, int gpu, int *code) {
    char copy[512], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", items ? items : "");
    for (char *item = strtok_r(copy, ";", &rest); item; item = strtok_r(NULL, ";", &rest)) {
        char name[128];
        int of = -1;
        if (sscanf(item, "%127[^@=]@%d=%d", name, &of, code) != 3 && sscanf(item, "%127[^=]=%d", name, code) != 2)
            continue;
        size_t length = strlen(name);
        int match = name[length - 1] == '*' ? !strncmp(name, function, length - 1) : !strcmp(name, function);
        if (match && (of < 0 || of == gpu)) return 1;
    }
    return 0;
}

static int enter(const char *function, void *device, Gpu **g) { /* the board is held when this is OK */
    int index = (int)(long)device - 1, code;
    if (!board || !opened) return UNINITIALIZED;
    if (index < 0 || index >= GPUS) return INVALID;
    take();
    *g = &board->gpu[index];
    if (!listed(board->faults, function, index, &code) && !listed(getenv("SIMULATED_NVML_FAULTS"), function, index, &code))
        return OK;
    give();
    return code ? code : IGNORED;
}

#define ENTER(device)                                        \
    Gpu *g = NULL;                                           \
    int entered = enter(__func__, device, &g);               \
    if (entered) return entered == IGNORED ? OK : entered
#define LEAVE(code) do { int result = (code); give(); return result; } while (0)
#define ANSWER(value) do { *answer = (value); LEAVE(OK); } while (0)

/* ── what the bindings call ────────────────────────────────────────────────────────────────────────────────────── */

int nvmlInitWithFlags(unsigned flags) {
    (void)flags;
    int code;
    if (!board && simAttach(getenv("SIMULATED_NVML_BOARD"))) return NOT_LOADED;
    if (listed(getenv("SIMULATED_NVML_FAULTS"), __func__, -1, &code)) return code;
    take();
    if (!opened++) come_or_go(getpid(), 1);
    LEAVE(OK);
}

int nvmlShutdown(void) {
    if (!board || !opened) return UNINITIALIZED;
    take();
    if (!--opened) come_or_go(getpid(), 0);
    LEAVE(OK);
}

const char *nvmlErrorString(int code) {
    static const char *const texts[] = {"Success", "Uninitialized", "Invalid Argument", "Not Supported",
                                        "Insufficient Permissions"};
    if (code >= 0 && code < 5) return texts[code];
    return code == NOT_LOADED ? "Driver Not Loaded" : code == 15 ? "GPU is lost" : "Unknown Error";
}

int nvmlSystemGetDriverVersion(char *text, unsigned size) { return snprintf(text, size, "0.0 simulated"), OK; }
int nvmlDeviceGetCount_v2(unsigned *count) { return opened ? (*count = GPUS, OK) : UNINITIALIZED; }

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
    if (!opened) return UNINITIALIZED;
    return index < GPUS ? (*device = (void *)(long)(index + 1), OK) : INVALID;
}

int nvmlDeviceGetName(void *device, char *text, unsigned size) {
    ENTER(device);
    snprintf(text, size, "Simulated GPU %c", 'A' + (int)(g - board->gpu));
    LEAVE(OK);
}

int nvmlDeviceGetUUID(void *device, char *text, unsigned size) {
    ENTER(device);
    snprintf(text, size, "GPU-simulated-%d", (int)(g - board->gpu));
    LEAVE(OK);
}

int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *answer) {
    ENTER(device);
    if (g != &board->gpu[0]) LEAVE(NOT_SUPPORTED);
    ANSWER((unsigned long long)(g->counted * 1000));
}

int nvmlDeviceGetPowerUsage(void *device, unsigned *answer) { ENTER(device); ANSWER((unsigned)(g->told_w * 1000)); }

int nvmlDeviceGetUtilizationRates(void *device, unsigned *answer) {
    ENTER(device);
    answer[1] = (unsigned)(50 * g->utilisation);
    ANSWER((unsigned)lround(100 * g->utilisation));
}

int nvmlDeviceGetClockInfo(void *device, int kind, unsigned *answer) {
    ENTER(device);
    unsigned long long reasons;
    if (kind < 0 || kind > 2) LEAVE(INVALID);
    ANSWER(kind == 2 ? memory_clock(g) : graphics_clock(g, &reasons));
}

int nvmlDeviceGetMaxClockInfo(void *device, int kind, unsigned *answer) {
    ENTER(device);
    ANSWER(kind == 2 ? MEMORY_MHZ[0] : HIGHEST_MHZ);
}

int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *answer) {
    ENTER(device);
    graphics_clock(g, answer);
    LEAVE(OK);
}

int nvmlDeviceGetMemoryInfo(void *device, unsigned long long *answer) { /* total, free, used */
    ENTER(device);
    answer[1] = (16ull << 30) - g->memory_used, answer[2] = g->memory_used;
    ANSWER(16ull << 30);
}

int nvmlDeviceGetTemperature(void *device, int kind, unsigned *answer) {
    ENTER(device);
    if (kind) LEAVE(INVALID);
    ANSWER((unsigned)lround(g->celsius));
}

int nvmlDeviceGetPowerManagementLimit(void *device, unsigned *answer) { ENTER(device); ANSWER(g->limit_mw); }
int nvmlDeviceGetPowerManagementDefaultLimit(void *device, unsigned *answer) { ENTER(device); ANSWER(300000); }

int nvmlDeviceGetPowerManagementLimitConstraints(void *device, unsigned *answer, unsigned *highest) {
    ENTER(device);
    *highest = 320000;
    ANSWER(100000);
}

int nvmlDeviceSetPowerManagementLimit(void *device, unsigned limit) {
    ENTER(device);
    if (limit < 100000 || limit > 320000) LEAVE(INVALID);
    g->limit_mw = limit;
    LEAVE(OK);
}

int nvmlDeviceGetPersistenceMode(void *device, unsigned *answer) { ENTER(device); ANSWER(g->persistence); }
int nvmlDeviceSetPersistenceMode(void *device, unsigned mode) { ENTER(device); g->persistence = !!mode; LEAVE(OK); }
int nvmlDeviceGetComputeMode(void *device, unsigned *answer) { ENTER(device); ANSWER(g->compute_mode); }

int nvmlDeviceSetComputeMode(void *device, unsigned mode) {
    ENTER(device);
    if (mode > 3 || mode == 1) LEAVE(INVALID);
    g->compute_mode = mode;
    LEAVE(OK);
}

static int listing(unsigned *count, unsigned *clocks, unsigned size, unsigned highest, unsigned step) {
    unsigned room = *count;
    *count = size;
    if (!clocks || room < size) return TOO_SMALL;
    for (unsigned i = 0; i < size; i++) clocks[i] = step ? highest - i * step : MEMORY_MHZ[i];
    return OK;
}

int nvmlDeviceGetSupportedMemoryClocks(void *device, unsigned *count, unsigned *clocks) {
    ENTER(device);
    LEAVE(listing(count, clocks, MEMORY_CLOCKS, 0, 0));
}

int nvmlDeviceGetSupportedGraphicsClocks(void *device, unsigned memory, unsigned *count, unsigned *clocks) {
    ENTER(device);
    (void)memory;
    LEAVE(listing(count, clocks, (HIGHEST_MHZ - LOWEST_MHZ) / STEP_MHZ + 1, HIGHEST_MHZ, STEP_MHZ));
}

static unsigned graphics_step(unsigned mhz) { /* down to a supported clock */
    unsigned within = mhz < LOWEST_MHZ ? LOWEST_MHZ : mhz > HIGHEST_MHZ ? HIGHEST_MHZ : mhz;
    return within - within % STEP_MHZ;
}

static unsigned memory_step(unsigned mhz) {
    int i = 0;
    while (i < MEMORY_CLOCKS - 1 && MEMORY_MHZ[i] > mhz) i++;
    return MEMORY_MHZ[i];
}

int nvmlDeviceSetGpuLockedClocks(void *device, unsigned low, unsigned high) {
    ENTER(device);
    if (low > high) LEAVE(INVALID);
    g->low_mhz = graphics_step(low), g->high_mhz = graphics_step(high);
    LEAVE(OK);
}

int nvmlDeviceResetGpuLockedClocks(void *device) { ENTER(device); g->low_mhz = g->high_mhz = 0; LEAVE(OK); }

int nvmlDeviceSetMemoryLockedClocks(void *device, unsigned low, unsigned high) {
    ENTER(device);
    if (g != &board->gpu[0]) LEAVE(NOT_SUPPORTED);
    if (low > high) LEAVE(INVALID);
    g->memory_low_mhz = memory_step(low), g->memory_high_mhz = memory_step(high);
    LEAVE(OK);
}

int nvmlDeviceResetMemoryLockedClocks(void *device) {
    ENTER(device);
    if (g != &board->gpu[0]) LEAVE(NOT_SUPPORTED);
    g->memory_low_mhz = g->memory_high_mhz = 0;
    LEAVE(OK);
}

/* ── what no real library has: the workload's side, and the hand of a test ─────────────────────────────────────── */

int simLaunch(void *device, double gigacycles, double gigabytes) {
    ENTER(device);
    g->gigacycles = g->gigacycles * g->left + gigacycles;
    g->gigabytes = g->gigabytes * g->left + gigabytes;
    g->left = 1;
    LEAVE(OK);
}

int simSynchronize(void *device) {
    for (;;) {
        ENTER(device);
        double wait = g->left * kernel_seconds(g);
        give();
        if (wait <= 0) return OK;
        struct timespec pause = {(time_t)wait, (long)(1e9 * (wait - (time_t)wait)) + 1000};
        nanosleep(&pause, NULL); /* and look again: the clocks may have changed meanwhile */
    }
}

int simFaults(const char *items) {
    take();
    snprintf(board->faults, sizeof board->faults, "%s", items);
    LEAVE(OK);
}

int simHeat(unsigned index, double celsius) { /* the air around the GPU, and the GPU itself */
    take();
    board->gpu[index].ambient = board->gpu[index].celsius = celsius;
    LEAVE(OK);
}

int simState(unsigned index, unsigned *settings, double *joules) { /* what a setter changes, and the exact energy */
    take();
    const Gpu *g = &board->gpu[index];
    const unsigned all[] = {g->limit_mw,        g->low_mhz,     g->high_mhz,    g->memory_low_mhz,
                            g->memory_high_mhz, g->persistence, g->compute_mode};
    memcpy(settings, all, sizeof all);
    *joules = g->joules;
    LEAVE(OK);
}
