/* BLAS and threads. */
#ifndef GNN_CORE_BLAS_H
#define GNN_CORE_BLAS_H

/* Pin OpenBLAS to one thread for this process and this thread. Everybody who is about to
 * call BLAS or LAPACK outside a parallel region calls this first; it costs a few
 * nanoseconds after the first time. With two threads OpenBLAS gives other bits than with
 * one on half of our shapes, and allocates once a call; threads come from
 * gnn_parallel_for. */
void gnn_i_blas_pin(void);

#endif
