/* Durations of steps and epochs. */
#include "train/times.h"

#include <time.h>

double gnn_i_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void gnn_i_times_add(gnn_i_times *times, double seconds) {
    times->seconds[times->n++ % GNN_I_MOST_TIMES] = seconds;
}

double gnn_i_times_median(gnn_i_times *times) {
    int n = times->n < GNN_I_MOST_TIMES ? (int)times->n : GNN_I_MOST_TIMES;
    if (!n) return 0;
    for (int i = 1; i < n; i++) {
        double x = times->seconds[i];
        int j = i;
        for (; j > 0 && times->seconds[j - 1] > x; j--)
            times->seconds[j] = times->seconds[j - 1];
        times->seconds[j] = x;
    }
    return times->seconds[n / 2];
}
