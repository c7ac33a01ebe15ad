/* Durations of steps and epochs, and their median. */
#ifndef GNN_TRAIN_TIMES_H
#define GNN_TRAIN_TIMES_H

#include <stdint.h>

enum { GNN_I_MOST_TIMES = 1024 };

/* The latest GNN_I_MOST_TIMES durations. */
typedef struct gnn_i_times {
    int64_t n; /* ever added */
    double seconds[GNN_I_MOST_TIMES];
} gnn_i_times;

/* Seconds of a clock that never jumps. */
double gnn_i_now(void);
void gnn_i_times_add(gnn_i_times *times, double seconds);
/* 0 when there are none. Reorders them. */
double gnn_i_times_median(gnn_i_times *times);

#endif
