/* Functions of one instruction set that its table names. */
#ifndef GNN_KERNELS_ISA_ISA_H
#define GNN_KERNELS_ISA_ISA_H

#include "kernels/isa/vec.h"
#include "kernels/table.h"

void ISA(gnn_i_spmm_rows)(const gnn_i_spmm_args *s, int64_t r0, int64_t r1);

#endif
