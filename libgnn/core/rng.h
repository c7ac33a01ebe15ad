/* Random numbers from a counter: Philox4x32-10 (Salmon et al. 2011,
 * doi:10.1145/2063384.2063405).
 *
 * A number is a function of (seed, stream, position), nothing else, so that threads draw
 * in any order and a run resumes at any step. Give each use a stream of its own. Exported
 * for the other libraries of the project, like core/alloc.h, and promised to nobody
 * outside. */
#ifndef GNN_CORE_RNG_H
#define GNN_CORE_RNG_H

#include <gnn/status.h>

/* Four random words: key = the halves of seed, counter = {block, stream}, low halves
 * first. */
GNN_API void gnn_i_philox(uint64_t seed, uint64_t stream, uint64_t block,
                          uint32_t out[4]);

/* A sequence of words. What a checkpoint has to keep are the first three members; hand
 * them to gnn_i_rng_seek to go on. */
typedef struct gnn_i_rng {
    uint64_t seed;
    uint64_t stream;
    uint64_t position; /* words drawn so far */
    uint32_t words[4]; /* block position / 4, valid while position % 4 > 0 */
} gnn_i_rng;

GNN_API void gnn_i_rng_init(gnn_i_rng *rng, uint64_t seed, uint64_t stream);
/* Continue with word `position` of the sequence. */
GNN_API void gnn_i_rng_seek(gnn_i_rng *rng, uint64_t position);

GNN_API uint32_t gnn_i_rng_u32(gnn_i_rng *rng);
/* Two words, the low one first. */
GNN_API uint64_t gnn_i_rng_u64(gnn_i_rng *rng);
/* Uniform in [0, 1): multiples of 2^-24 (one word) and of 2^-53 (two words). */
GNN_API float gnn_i_rng_uniform_f32(gnn_i_rng *rng);
GNN_API double gnn_i_rng_uniform(gnn_i_rng *rng);
/* Standard normal, by Box and Muller's cosine: four words each. */
GNN_API double gnn_i_rng_normal(gnn_i_rng *rng);
/* Uniform in 0 .. n-1 without bias (Lemire 2019, doi:10.1145/3230636); 0 when n is 0. */
GNN_API uint64_t gnn_i_rng_below(gnn_i_rng *rng, uint64_t n);

/* Shuffle n values in place (Fisher and Yates). */
GNN_API void gnn_i_rng_shuffle(gnn_i_rng *rng, gnn_id *values, int64_t n);
/* min(k, n) different values of 0 .. n-1, every set equally likely, in no particular
 * order.
 * Returns how many. Cost: O(min(k^2, n)) time, no memory. */
GNN_API int64_t gnn_i_rng_sample(gnn_i_rng *rng, gnn_id n, gnn_id k, gnn_id *values);

#endif
