/* Calibration: how likely a triple is true, given its score. */
#ifndef EMBED_CALIBRATE_H
#define EMBED_CALIBRATE_H

#include <embed/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum emb_calibration_kind {
    /** p(s) = 1 / (1 + exp(-(slope s + offset))), slope >= 0, of the greatest likelihood;
     *  the labels are (N₊ + 1) / (N₊ + 2) and 1 / (N₋ + 2) [Platt 1999]. */
    EMB_CALIBRATION_PLATT,
    /** The nondecreasing p that minimises Σ w (y - p(s))², by pooling adjacent violators
     *  [Ayer et al. 1955]; linear between the scores that were seen. */
    EMB_CALIBRATION_ISOTONIC
} emb_calibration_kind;

/** A nondecreasing function of the score. Cleared by emb_calibration_clear. */
typedef struct emb_calibration {
    emb_calibration_kind kind;
    double slope, offset;        /**< Platt */
    int64_t n;                   /**< isotonic: … */
    double *score, *probability; /**< … (n) corners, ascending; owned */
} emb_calibration;

/** Fit to n scores, of which is_true says which belong to true triples, with weights > 0
 *  (NULL: 1 each).
 *  Errors: GNN_ERR_ARGUMENT for a score that is not finite, or when all are true or all
 *  false; GNN_ERR_MEMORY. Cost: O(n log n). */
GNN_API gnn_status emb_calibration_fit(emb_calibration_kind kind, int64_t n,
                                       const double *score, const uint8_t *is_true,
                                       const double *weight,
                                       emb_calibration *calibration);
GNN_API void emb_calibration_clear(emb_calibration *calibration);
/** NaN for a score that is NaN. */
GNN_API double emb_calibration_probability(const emb_calibration *calibration,
                                           double score);

/** How good the probabilities are on triples that they were not fitted to. Knowing
 *  nothing, p = 1/2, gives a Brier score of .25 and a log loss of .693. */
typedef struct emb_calibration_report {
    int64_t n_fitted, n_held_out; /**< validation triples */
    double brier;                 /**< mean of (y - p)² */
    double log_loss; /**< mean of -log of what was said of the truth, p at least 1e-6 */
} emb_calibration_report;

/** Fit to a model. True are the validation triples. Each has two false ones beside it, of
 *  half its weight, with the tail and with the head replaced by an entity that stands on
 *  that side of the relation in training (any entity, where none of those will do) and
 *  does not make a triple of training or validation [Tabacof & Costabello 2020,
 *  arXiv:1912.10000]. So a probability is that of a triple that is as likely to be true
 *  as to be a plausible error. A fifth of the triples, drawn by the seed, is held out for
 *  the report.
 *  Errors: GNN_ERR_ARGUMENT for an id out of range, fewer than 5 validation triples or
 *  scores that are not finite; GNN_ERR_MEMORY. */
GNN_API gnn_status emb_calibrate(const emb_model *model, const gnn_triples *train,
                                 const gnn_triples *valid, emb_calibration_kind kind,
                                 uint64_t seed, int n_threads,
                                 emb_calibration *calibration,
                                 emb_calibration_report *report);

#ifdef __cplusplus
}
#endif

#endif
