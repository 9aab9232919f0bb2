/*
 * The limit of 128-bit lanes: the plan of assembly/transform/passes.ts in C with SSE intrinsics, the same register
 * kernels, the same radix-8 passes, the same blocks. scripts/bench/fwht.mjs compiles it with -O3 -msse4.1 and prints
 * the ratio.
 *
 *   fwht-native            answers each line "LOG CALLS REPEATS" with the nanoseconds of one transform of 2^LOG values,
 *                          the least of so many repeats of so many calls; below 2^8 a call does a batch of 64
 *   fwht-native check      the transform of 2^13 pseudo-random whole numbers against the definition; exit status 1 if off
 */
#include <pmmintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BLOCK 4096

#define BUTTERFLY(x, y) { __m128 s = _mm_add_ps(x, y); y = _mm_sub_ps(x, y); x = s; }
#define RADIX4(a, b, c, d) BUTTERFLY(a, b) BUTTERFLY(c, d) BUTTERFLY(a, c) BUTTERFLY(b, d)
#define RADIX8(a, b, c, d, e, f, g, h) \
  RADIX4(a, b, c, d) RADIX4(e, f, g, h) BUTTERFLY(a, e) BUTTERFLY(b, f) BUTTERFLY(c, g) BUTTERFLY(d, h)

/* Loads (a, b, c, d) as (a+c, b+d, a−c, b−d): two loads that duplicate cost no shuffle. */
static inline __m128 enter(const float *p, __m128 high) {
  __m128 low = _mm_castpd_ps(_mm_loaddup_pd((const double *)p));
  __m128 top = _mm_castpd_ps(_mm_loaddup_pd((const double *)(p + 2)));
  return _mm_add_ps(low, _mm_xor_ps(top, high));
}

/* (a, b, c, d) to (a+b, a−b, c+d, c−d). */
static inline __m128 leave(__m128 x, __m128 odd) {
  return _mm_add_ps(_mm_shuffle_ps(x, x, 0xb1), _mm_xor_ps(x, odd));
}

static void sweep16(float *p, float *end) {
  const __m128 odd = _mm_castsi128_ps(_mm_set_epi32(INT32_MIN, 0, INT32_MIN, 0));
  const __m128 high = _mm_castsi128_ps(_mm_set_epi32(INT32_MIN, INT32_MIN, 0, 0));
  for (; p < end; p += 16) {
    __m128 a = enter(p, high), b = enter(p + 4, high), c = enter(p + 8, high), d = enter(p + 12, high);
    RADIX4(a, b, c, d)
    _mm_store_ps(p, leave(a, odd));
    _mm_store_ps(p + 4, leave(b, odd));
    _mm_store_ps(p + 8, leave(c, odd));
    _mm_store_ps(p + 12, leave(d, odd));
  }
}

static void sweep32(float *p, float *end) {
  const __m128 odd = _mm_castsi128_ps(_mm_set_epi32(INT32_MIN, 0, INT32_MIN, 0));
  const __m128 high = _mm_castsi128_ps(_mm_set_epi32(INT32_MIN, INT32_MIN, 0, 0));
  for (; p < end; p += 32) {
    __m128 a = enter(p, high), b = enter(p + 4, high), c = enter(p + 8, high), d = enter(p + 12, high);
    __m128 e = enter(p + 16, high), f = enter(p + 20, high), g = enter(p + 24, high), h = enter(p + 28, high);
    RADIX8(a, b, c, d, e, f, g, h)
    _mm_store_ps(p, leave(a, odd));
    _mm_store_ps(p + 4, leave(b, odd));
    _mm_store_ps(p + 8, leave(c, odd));
    _mm_store_ps(p + 12, leave(d, odd));
    _mm_store_ps(p + 16, leave(e, odd));
    _mm_store_ps(p + 20, leave(f, odd));
    _mm_store_ps(p + 24, leave(g, odd));
    _mm_store_ps(p + 28, leave(h, odd));
  }
}

static void radix4(float *p, float *end, size_t reach) {
  for (; p < end; p += 3 * reach) {
    float *p1 = p + reach, *p2 = p1 + reach, *p3 = p2 + reach;
    for (float *stop = p1; p < stop;) {
      for (int column = 0; column < 16; column += 4) {
        __m128 a = _mm_load_ps(p + column), b = _mm_load_ps(p1 + column), c = _mm_load_ps(p2 + column), d = _mm_load_ps(p3 + column);
        RADIX4(a, b, c, d)
        _mm_store_ps(p + column, a);
        _mm_store_ps(p1 + column, b);
        _mm_store_ps(p2 + column, c);
        _mm_store_ps(p3 + column, d);
      }
      p += 16, p1 += 16, p2 += 16, p3 += 16;
    }
  }
}

static void radix8(float *p, float *end, size_t reach) {
  for (; p < end; p += 7 * reach) {
    float *p1 = p + reach, *p2 = p1 + reach, *p3 = p2 + reach, *p4 = p3 + reach;
    float *p5 = p4 + reach, *p6 = p5 + reach, *p7 = p6 + reach;
    for (float *stop = p1; p < stop;) {
      for (int column = 0; column < 16; column += 4) {
        __m128 a = _mm_load_ps(p + column), b = _mm_load_ps(p1 + column), c = _mm_load_ps(p2 + column), d = _mm_load_ps(p3 + column);
        __m128 e = _mm_load_ps(p4 + column), f = _mm_load_ps(p5 + column), g = _mm_load_ps(p6 + column), h = _mm_load_ps(p7 + column);
        RADIX8(a, b, c, d, e, f, g, h)
        _mm_store_ps(p + column, a);
        _mm_store_ps(p1 + column, b);
        _mm_store_ps(p2 + column, c);
        _mm_store_ps(p3 + column, d);
        _mm_store_ps(p4 + column, e);
        _mm_store_ps(p5 + column, f);
        _mm_store_ps(p6 + column, g);
        _mm_store_ps(p7 + column, h);
      }
      p += 16, p1 += 16, p2 += 16, p3 += 16, p4 += 16, p5 += 16, p6 += 16, p7 += 16;
    }
  }
}

static void climb(float *p, float *end, size_t size, int log) {
  size_t reach = 16;
  if (log % 3 == 2) {
    sweep32(p, end);
    reach = 32;
  } else {
    sweep16(p, end);
    if (log % 3 == 0) {
      radix4(p, end, 16);
      reach = 64;
    }
  }
  for (; reach < size; reach <<= 3) radix8(p, end, reach);
}

static void tower(float *p, size_t size, int log) {
  if (size <= BLOCK) {
    climb(p, p + size, size, log);
    return;
  }
  for (size_t part = 0; part < 8; part++) tower(p + part * (size >> 3), size >> 3, log);
  radix8(p, p + size, size >> 3);
}

static void __attribute__((noinline)) fwht(float *p, int log, size_t batch) {
  size_t size = (size_t)1 << log;
  if (size >= BLOCK) {
    for (; batch > 0; batch--, p += size) tower(p, size, log);
    return;
  }
  float *end = p + size * batch;
  for (; p < end; p += BLOCK) climb(p, end - p > BLOCK ? p + BLOCK : end, size, log);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static int check(float *x) {
  enum { LOG = 13, SIZE = 1 << LOG };
  static double y[SIZE];
  uint32_t seed = 1;
  for (int i = 0; i < SIZE; i++) y[i] = x[i] = (float)((int)((seed = seed * 1664525u + 1013904223u) >> 24) - 128);
  for (int h = 1; h < SIZE; h *= 2) {
    for (int i = 0; i < SIZE; i++) {
      if (i & h) continue;
      double a = y[i], b = y[i + h];
      y[i] = a + b;
      y[i + h] = a - b;
    }
  }
  fwht(x, LOG, 1);
  for (int i = 0; i < SIZE; i++) if (x[i] != (float)y[i]) return 1;
  return 0;
}

int main(int count, char **arguments) {
  float *x = aligned_alloc(64, sizeof(float) << 20);
  if (!x) return 2;
  if (count > 1 && !strcmp(arguments[1], "check")) return check(x);
  char line[80];
  while (fgets(line, sizeof line, stdin)) {
    int log, calls, repeats;
    if (sscanf(line, "%d %d %d", &log, &calls, &repeats) != 3 || log < 4 || log > 20 || calls < 1) return 2;
    size_t batch = log < 8 ? 64 : 1;
    memset(x, 0, sizeof(float) * (batch << log));
    double least = 1e300;
    for (int repeat = 0; repeat < repeats; repeat++) {
      double start = now();
      for (int call = 0; call < calls; call++) fwht(x, log, batch);
      double spent = (now() - start) / calls;
      if (spent < least) least = spent;
    }
    printf("%.3f\n", least / batch);
    fflush(stdout);
  }
  return 0;
}
