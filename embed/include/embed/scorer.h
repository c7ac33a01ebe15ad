/* Scorers: what a triple head –relation→ tail is worth, by name. */
#ifndef EMBED_SCORER_H
#define EMBED_SCORER_H

#include <gnn/option.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A row of `gnn list scorers`. */
typedef struct emb_scorer_info {
    const char *name;
    const char *help;          /**< one line: the score, with its source */
    const gnn_option *options; /**< NULL: none */
} emb_scorer_info;
GNN_API size_t emb_scorer_count(void);
/** NULL beyond the last one. */
GNN_API const emb_scorer_info *emb_scorer_get(size_t i);

#ifdef __cplusplus
}
#endif

#endif
