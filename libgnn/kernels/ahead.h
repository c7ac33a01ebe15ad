/* Memory that is read after a kernel has run, in a few stretches. A kernel that computes
 * more than it reads asks for them a little at a time meanwhile; asked for all at once,
 * most of the requests would be dropped. */
#ifndef GNN_KERNELS_AHEAD_H
#define GNN_KERNELS_AHEAD_H

#include <stddef.h>

enum { GNN_I_STRETCHES = 2 };

typedef struct gnn_i_ahead {
    const void *at[GNN_I_STRETCHES];
    size_t bytes[GNN_I_STRETCHES]; /* 0: none */
} gnn_i_ahead;

#endif
