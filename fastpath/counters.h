/* Counting runs: a clock, buckets, and counters that a reader may look at while others count.

   Buckets are those of an OpenTelemetry exponential histogram of scale 2 in seconds: bucket i ends, inclusively, at
   2^((i - 92) / 4) seconds. So four lie in each doubling, from 119 ns (2^-23 s) to 256 s (2^8 s), and the geometric middle of a
   bucket is within 2^(1/8), 9.1%, of every time in it. The first bucket has what is shorter, the last one what is longer. */

#include <stdint.h>
#include <time.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

#define BUCKET_BOUNDS 125
#define BUCKETS (BUCKET_BOUNDS + 1)

/* With a global lock, who counts has it, and one set of counters serves all threads. Without, threads spread over several, so
   that they seldom write into the same cache line. */
#ifdef Py_GIL_DISABLED
#define SHARDS 16
#define COUNT(counter, more) ((void)__atomic_fetch_add((counter), (more), __ATOMIC_RELAXED))
#else
#define SHARDS 1
#define COUNT(counter, more) \
    __atomic_store_n((counter), __atomic_load_n((counter), __ATOMIC_RELAXED) + (more), __ATOMIC_RELAXED)
#endif
#define COUNTED(counter) __atomic_load_n((counter), __ATOMIC_RELAXED)

typedef struct {
    uint64_t nanoseconds;               /* the sum of all */
    uint64_t buckets[BUCKETS];
} TimeCounts;

static uint64_t bucket_bounds[BUCKET_BOUNDS];   /* in nanoseconds, rounded down: times are whole numbers of them */
static uint8_t first_buckets[64];               /* of times whose highest bit is that: where to begin looking */
static double nanoseconds_per_tick = 0;
static int ticks_are_tsc = 0;
static _Thread_local uint64_t run_began = 0;    /* of a run in several passes: ticks at its first one; else 0 */

static inline uint64_t monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The counter of the processor takes half the time of the clock of the system, which is most of what measuring costs. */
static inline uint64_t ticks_now(void) {
#if defined(__x86_64__)
    if (ticks_are_tsc) return __rdtsc();
#endif
    return monotonic_nanoseconds();
}

#if defined(__x86_64__)
/* Ticks and nanoseconds of one moment: of several tries the one that took the shortest time. */
static void read_both(uint64_t* ticks, uint64_t* nanoseconds) {
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 8; i++) {
        uint64_t before = __rdtsc(), now = monotonic_nanoseconds(), after = __rdtsc();
        if (after - before < best) {
            best = after - before;
            *ticks = before + (after - before) / 2;
            *nanoseconds = now;
        }
    }
}
#endif

/* Choose the clock of this process, before anything is measured by it. Its own lock is the caller's business. */
static void choose_clock(void) {
#if defined(__x86_64__)
    unsigned a, b, c, d;
    /* Bit 8: the counter runs at one rate, whatever the processor does (Intel SDM, 18.17.1). */
    if (__get_cpuid(0x80000007u, &a, &b, &c, &d) && (d >> 8 & 1)) {
        uint64_t ticks, nanoseconds, later, then;
        read_both(&ticks, &nanoseconds);
        do read_both(&later, &then); while (then - nanoseconds < 2000000u);
        if (later > ticks) {
            nanoseconds_per_tick = (double)(then - nanoseconds) / (double)(later - ticks);
            ticks_are_tsc = 1;
            return;
        }
    }
#endif
    nanoseconds_per_tick = 1;
}

static inline uint64_t nanoseconds_since(uint64_t ticks) {
    uint64_t now = ticks_now();
    /* The counters of two processors may be a little apart. */
    return now <= ticks ? 0 : (uint64_t)((double)(now - ticks) * nanoseconds_per_tick);
}

static inline unsigned bucket_of(uint64_t nanoseconds) {
    unsigned i = first_buckets[63 - __builtin_clzll(nanoseconds | 1)];
    while (i < BUCKET_BOUNDS && nanoseconds > bucket_bounds[i]) i++;
    return i;
}

static inline void count_time(TimeCounts* counts, uint64_t nanoseconds) {
    COUNT(&counts->nanoseconds, nanoseconds);
    COUNT(&counts->buckets[bucket_of(nanoseconds)], 1);
}

/* Which of the sets of counters is this thread's. */
static inline unsigned shard_of_thread(void) {
#ifdef Py_GIL_DISABLED
    static unsigned threads = 0;
    static _Thread_local unsigned shard = SHARDS;
    if (shard == SHARDS) shard = __atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED) % SHARDS;
    return shard;
#else
    return 0;
#endif
}
