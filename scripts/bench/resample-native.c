/* Native soxr at its very high quality on the resampler's bench: `resample-native from to channels chunk frames` prints the
 * nanoseconds of an input frame, the least of five runs over `frames` of them in chunks. */
#include <soxr.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e9 * t.tv_sec + t.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  double from = atof(argv[1]), to = atof(argv[2]);
  unsigned channels = atoi(argv[3]);
  size_t chunk = atol(argv[4]), frames = atol(argv[5]);
  size_t room = (size_t)(chunk * to / from) + 65536;
  float *in = malloc(chunk * channels * sizeof *in), *out = malloc(room * channels * sizeof *out);
  for (size_t i = 0; i < chunk * channels; i++) in[i] = (float)((i * 37) % 64) / 64 - 0.5f;
  soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
  soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  double least = 1e30;
  for (int repeat = 0; repeat < 5; repeat++) {
    soxr_error_t error;
    soxr_t soxr = soxr_create(from, to, channels, &error, &io, &quality, &runtime);
    if (error) return 1;
    size_t done, start_frames = 0;
    /* The first calls plan the transforms. */
    for (; start_frames < 65536; start_frames += chunk) soxr_process(soxr, in, chunk, NULL, out, room, &done);
    double start = now();
    size_t fed = 0;
    for (; fed < frames; fed += chunk) soxr_process(soxr, in, chunk, NULL, out, room, &done);
    double each = (now() - start) / fed;
    if (each < least) least = each;
    soxr_delete(soxr);
  }
  printf("%.3f\n", least);
  return 0;
}
