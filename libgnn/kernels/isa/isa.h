/* Functions of one instruction set that its table names. */
#ifndef GNN_KERNELS_ISA_ISA_H
#define GNN_KERNELS_ISA_ISA_H

#include "kernels/isa/vec.h"
#include "kernels/table.h"

void ISA(gnn_i_spmm_rows)(const gnn_i_spmm_args *s, int64_t r0, int64_t r1);
void ISA(gnn_i_sddmm_rows)(const gnn_i_sddmm_args *s, int64_t r0, int64_t r1);
void ISA(gnn_i_row_dots)(int64_t width, const gnn_real *a, const gnn_real *b, gnn_real *y,
                         bool accumulate, int64_t r0, int64_t r1);
void ISA(gnn_i_max_backward_rows)(const gnn_i_transpose_args *s, int64_t j0, int64_t j1);
void ISA(gnn_i_max_backward_w_rows)(const gnn_i_sddmm_args *s, const int32_t *argmax,
                                    int64_t r0, int64_t r1);
void ISA(gnn_i_relu_add_rows)(const gnn_i_relu_add_args *s, int64_t r0, int64_t r1);
void ISA(gnn_i_relu_add_de_rows)(const gnn_i_relu_add_args *s, int64_t r0, int64_t r1);
void ISA(gnn_i_relu_add_dx_rows)(const gnn_i_relu_add_args *s, int64_t j0, int64_t j1);
void ISA(gnn_i_segment_backward)(const gnn_i_segment_args *s, int64_t s0, int64_t s1);
void ISA(gnn_i_segment_softmax)(const gnn_i_segment_args *s, int64_t s0, int64_t s1);
void ISA(gnn_i_segment_softmax_backward)(const gnn_i_segment_args *s, int64_t s0,
                                         int64_t s1);
void ISA(gnn_i_gather_rows)(const gnn_i_index_args *s, int64_t i0, int64_t i1);
void ISA(gnn_i_scatter_add_columns)(const gnn_i_index_args *s, int64_t c0, int64_t c1);
void ISA(gnn_i_gemm_block)(const gnn_i_gemm_args *g, int64_t r0, int64_t r1, int64_t c0,
                           int64_t c1);
void ISA(gnn_i_attention_rows)(const gnn_i_attention_args *s, int64_t r0, int64_t r1);
void ISA(gnn_i_attention_facts)(const gnn_i_attention_job *job, int64_t r0, int64_t r1);
void ISA(gnn_i_attention_sources)(const gnn_i_attention_job *job, int64_t j0, int64_t j1);
void ISA(gnn_i_attention_targets)(const gnn_i_attention_job *job, int64_t r0, int64_t r1);
void ISA(gnn_i_attention2_rows)(const gnn_i_attention_job *job, int64_t r0, int64_t r1,
                                gnn_real *datt);
void ISA(gnn_i_attention2_sources)(const gnn_i_attention_job *job, int64_t j0,
                                   int64_t j1);

#endif
