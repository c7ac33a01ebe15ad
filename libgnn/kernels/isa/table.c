/* The table of this instruction set. */
#include "kernels/isa/isa.h"

extern const gnn_i_kernels ISA(gnn_i_kernels);
const gnn_i_kernels ISA(gnn_i_kernels) = {
    .spmm = ISA(gnn_i_spmm_rows),
};
