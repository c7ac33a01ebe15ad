/* Front ends of attention over arcs. */
#include "kernels/edge_softmax.h"

#include <string.h>

#include "kernels/blocks.h"
#include "kernels/table.h"

/* Operations of one sweep: rows and arcs times features, and 16 for each exponential. */
static double sweep(const gnn_i_attention_args *s) {
    if (s->n_rows <= 0) return 0;
    double arcs = (double)(s->row_ptr[s->n_rows] - s->row_ptr[0] + s->n_rows);
    return arcs * (double)s->heads * (double)(2 * s->dim + 16);
}

static void forward(const gnn_i_kernels *k, const void *args, int64_t r0, int64_t r1) {
    k->attention(args, r0, r1);
}

int64_t gnn_i_attention_share_count(const gnn_i_attention_args *s) {
    gnn_off arcs = s->n_rows > 0 ? s->row_ptr[s->n_rows] - s->row_ptr[0] : 0;
    return (arcs + s->n_rows) * s->heads + (int64_t)(64 / sizeof(gnn_real));
}

void gnn_i_attention_forward(int n_threads, const gnn_i_attention_args *s) {
    gnn_i_run_rows(n_threads, sweep(s), s->row_ptr, s->n_rows, forward, s);
}

/* ---- backward: facts (n_rows, 2, heads) and, for GATv2, α mask (arcs + n_rows, heads)
 * and a part of datt (heads dim) for each block of rows ---- */

static size_t round_up(size_t count) {
    return (count * sizeof(gnn_real) + 63) / 64 * 64 + 64; /* vectors may read behind */
}
static size_t facts_bytes(const gnn_i_attention_args *s) {
    return round_up((size_t)s->n_rows * 2 * (size_t)s->heads);
}
static size_t arcs_bytes(const gnn_i_attention_args *s) {
    return round_up((size_t)gnn_i_attention_share_count(s));
}
static size_t part_bytes(const gnn_i_attention_args *s) {
    return round_up((size_t)(s->heads * s->dim));
}

size_t gnn_i_attention_backward_scratch(const gnn_i_attention_args *s) {
    size_t bytes = facts_bytes(s);
    if (s->att) {
        bytes += arcs_bytes(s);
        bytes += (size_t)gnn_i_block_count(sweep(s)) * part_bytes(s);
    }
    return bytes;
}

static void facts(const gnn_i_kernels *k, const void *args, int64_t r0, int64_t r1) {
    k->attention_facts(args, r0, r1);
}
static void sources(const gnn_i_kernels *k, const void *args, int64_t j0, int64_t j1) {
    k->attention_sources(args, j0, j1);
}
static void targets(const gnn_i_kernels *k, const void *args, int64_t r0, int64_t r1) {
    k->attention_targets(args, r0, r1);
}
static void sources2(const gnn_i_kernels *k, const void *args, int64_t j0, int64_t j1) {
    k->attention2_sources(args, j0, j1);
}

/* Sweep 2 of GATv2: blocks of rows, each with its part of datt. */
typedef struct rows2_job {
    const gnn_i_kernels *kernels;
    const gnn_i_attention_job *job;
    int64_t n_blocks;
    char *parts;
    size_t part;
} rows2_job;

static void rows2_block(void *argument, int64_t block, int thread) {
    const rows2_job *b = argument;
    const gnn_i_attention_args *s = b->job->args;
    (void)thread;
    int64_t r0 = gnn_i_row_bound(s->row_ptr, s->n_rows, b->n_blocks, block);
    int64_t r1 = gnn_i_row_bound(s->row_ptr, s->n_rows, b->n_blocks, block + 1);
    b->kernels->attention2_rows(b->job, r0, r1,
                                (gnn_real *)(void *)(b->parts + (size_t)block * b->part));
}

static void backward2(int n_threads, double work, const gnn_i_attention_job *job,
                      char *parts) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *g = job->grad;
    rows2_job rows = {gnn_i_kernels_get(), job, gnn_i_block_count(work), parts,
                      part_bytes(s)};
    gnn_parallel_for(gnn_i_threads_for(n_threads, work), rows.n_blocks, rows2_block,
                     &rows);
    for (int64_t b = 0; g->datt && b < rows.n_blocks; b++) {
        const gnn_real *part =
            (const gnn_real *)(const void *)(parts + (size_t)b * rows.part);
        for (int64_t c = 0; c < s->heads * s->dim; c++) g->datt[c] += part[c];
    }
    if (g->dz) gnn_i_run_rows(n_threads, work, g->col_ptr, g->n_sources, sources2, job);
}

void gnn_i_attention_backward(int n_threads, const gnn_i_attention_args *args,
                              const gnn_i_attention_grad *grad) {
    if (args->n_rows <= 0) return;
    double work = sweep(args);
    char *scratch = grad->scratch;
    gnn_i_attention_job job = {.args = args, .grad = grad};
    job.n_local = args->row_ptr[args->n_rows] - args->row_ptr[0];
    job.facts = (gnn_real *)(void *)scratch;
    scratch += facts_bytes(args);
    job.ds = args->shares;
    double row_work =
        (double)args->n_rows * (double)args->heads * (double)(args->dim + 8);
    gnn_i_run_range(n_threads, row_work, args->n_rows, 16, facts, &job);
    if (args->att) {
        job.p = (gnn_real *)(void *)scratch;
        backward2(n_threads, work, &job, scratch + arcs_bytes(args));
        return;
    }
    gnn_i_run_rows(n_threads, work, grad->col_ptr, grad->n_sources, sources, &job);
    if (grad->ddst || grad->darc_score || grad->dself_score) {
        double arc_work =
            (double)(job.n_local + args->n_rows) * (double)(args->heads + 8);
        gnn_i_run_rows(n_threads, arc_work, args->row_ptr, args->n_rows, targets, &job);
    }
}
