/* Scores of triples as they are defined, number by number and summed in double: what the
 * folding, matching and ranking of embed/ is compared with. */
#ifndef TESTS_SCORES_H
#define TESTS_SCORES_H

#include <gnn/status.h>

/* A scorer of the registry with options and a size at which it is tested. */
typedef struct support_scorer {
    const char *name, *scorer, *options;
    int64_t dim;
} support_scorer;
/* NULL beyond the last one. */
const support_scorer *support_scorer_get(size_t i);

/* Of a triple, by the rows of head, relation and tail and by what all triples share. */
double support_score(const support_scorer *scorer, const gnn_real *shared,
                     const gnn_real *h, const gnn_real *r, const gnn_real *t);

#endif
