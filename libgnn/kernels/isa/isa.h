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
/* Defined for AVX-512 in single precision only. */
void ISA(gnn_i_gemm_bf16_block)(const gnn_i_gemm_args *g, int64_t r0, int64_t r1,
                                int64_t c0, int64_t c1);
void ISA(gnn_i_attention_rows)(const gnn_i_attention_args *s, int64_t r0, int64_t r1);
void ISA(gnn_i_attention_facts)(const gnn_i_attention_job *job, int64_t r0, int64_t r1);
void ISA(gnn_i_attention_sources)(const gnn_i_attention_job *job, int64_t j0, int64_t j1);
void ISA(gnn_i_attention_targets)(const gnn_i_attention_job *job, int64_t r0, int64_t r1);
void ISA(gnn_i_attention2_rows)(const gnn_i_attention_job *job, int64_t r0, int64_t r1,
                                gnn_real *datt);
void ISA(gnn_i_attention2_sources)(const gnn_i_attention_job *job, int64_t j0,
                                   int64_t j1);
void ISA(gnn_i_unary_run)(const gnn_i_unary_args *s, int64_t i0, int64_t i1);
void ISA(gnn_i_unary_backward_run)(const gnn_i_unary_args *s, int64_t i0, int64_t i1);
void ISA(gnn_i_binary_rows)(const gnn_i_binary_args *s, int64_t r0, int64_t r1);
void ISA(gnn_i_binary_items)(const gnn_i_binary_args *s, int64_t i0, int64_t i1);
void ISA(gnn_i_binary_backward_rows)(const gnn_i_binary_args *s, int64_t r0, int64_t r1,
                                     gnn_real *row_a, gnn_real *row_b, double *total_a,
                                     double *total_b);
void ISA(gnn_i_binary_backward_items)(const gnn_i_binary_args *s, int64_t i0, int64_t i1);
void ISA(gnn_i_combine)(const gnn_i_combine_args *s, int64_t i0, int64_t i1);
void ISA(gnn_i_dropout_run)(const gnn_i_dropout_args *s, int64_t i0, int64_t i1);
void ISA(gnn_i_fill_run)(const gnn_i_fill_args *s, int64_t i0, int64_t i1);
void ISA(gnn_i_philox_run)(uint64_t seed, uint64_t stream, uint64_t first, int64_t n,
                           uint32_t *words);
void ISA(gnn_i_adam_run)(const gnn_i_adam_job *s, int64_t i0, int64_t i1);
void ISA(gnn_i_sgd_run)(const gnn_i_sgd_job *s, int64_t i0, int64_t i1);
void ISA(gnn_i_adagrad_run)(const gnn_i_adagrad_job *s, int64_t i0, int64_t i1);
void ISA(gnn_i_bf16_widen)(int64_t n, const uint16_t *x, gnn_real *y);
void ISA(gnn_i_bf16_narrow)(const gnn_i_bf16_args *s);
double ISA(gnn_i_sum_run)(const gnn_real *x, const gnn_real *y, int64_t n);
void ISA(gnn_i_column_rows)(const gnn_i_column_args *s, int64_t r0, int64_t r1,
                            gnn_real *sums);
void ISA(gnn_i_row_sum_rows)(int64_t cols, const gnn_real *x, gnn_real *y,
                             bool accumulate, int64_t r0, int64_t r1);
void ISA(gnn_i_head_dot_rows)(const gnn_i_head_args *s, int64_t r0, int64_t r1);
void ISA(gnn_i_head_dot_backward_rows)(const gnn_i_head_args *s, int64_t r0, int64_t r1,
                                       gnn_real *da);
void ISA(gnn_i_softmax_rows)(const gnn_i_softmax_args *s, int64_t r0, int64_t r1);
void ISA(gnn_i_softmax_backward_rows)(const gnn_i_softmax_args *s, int64_t r0,
                                      int64_t r1);
void ISA(gnn_i_cross_entropy_rows)(const gnn_i_entropy_args *s, int64_t i0, int64_t i1,
                                   double sums[2]);
void ISA(gnn_i_cross_entropy_backward_rows)(const gnn_i_entropy_args *s, int64_t i0,
                                            int64_t i1);
void ISA(gnn_i_manhattan)(const gnn_i_pairs_args *s);
void ISA(gnn_i_manhattan_gradient)(const gnn_i_pairs_args *s);
void ISA(gnn_i_modulus)(const gnn_i_pairs_args *s);
void ISA(gnn_i_modulus_gradient)(const gnn_i_pairs_args *s);
void ISA(gnn_i_area)(const gnn_i_pairs_args *s);
void ISA(gnn_i_area_gradient)(const gnn_i_pairs_args *s);
void ISA(gnn_i_half_angles)(int64_t n, const gnn_real *angle, gnn_real *cosine,
                            gnn_real *sine);
void ISA(gnn_i_row_squares)(int64_t n, int64_t width, const gnn_real *x, int64_t ld,
                            gnn_real *squares);
void ISA(gnn_i_euclid)(const gnn_i_euclid_args *s);
void ISA(gnn_i_tile_over_lengths)(const gnn_i_tile_args *s, gnn_real least);
void ISA(gnn_i_tile_margins)(int64_t n, int64_t m, const gnn_real *w, int64_t ld,
                             gnn_real *rows, gnn_real *columns);
void ISA(gnn_i_tile_sums)(const gnn_i_tile_args *s);
void ISA(gnn_i_tile_scale)(const gnn_i_tile_args *s);
void ISA(gnn_i_tile_softmax)(const gnn_i_tile_args *s);
void ISA(gnn_i_tile_sigmoid)(const gnn_i_tile_args *s);
void ISA(gnn_i_tile_adversarial)(const gnn_i_tile_args *s);
void ISA(gnn_i_tile_counts)(const gnn_i_tile_args *s);
void ISA(gnn_i_layer_norm_rows)(const gnn_i_norm_args *s, int64_t r0, int64_t r1);
void ISA(gnn_i_layer_norm_backward_rows)(const gnn_i_norm_args *s, int64_t r0,
                                         int64_t r1);
void ISA(gnn_i_batch_norm_rows)(const gnn_i_norm_args *s, int64_t r0, int64_t r1);
void ISA(gnn_i_batch_norm_backward_rows)(const gnn_i_norm_args *s, int64_t r0,
                                         int64_t r1);

#endif
