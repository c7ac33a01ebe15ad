/* Numbers, identifiers, status codes and messages: what every other header stands on. */
#ifndef GNN_STATUS_H
#define GNN_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gnn/config.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GNN_API __attribute__((visibility("default")))
#define GNN_PRINTF(string, first) __attribute__((__format__(__printf__, string, first)))
#else
#define GNN_API
#define GNN_PRINTF(string, first)
#endif

/** The floating-point type of features, parameters and gradients: float, or double when
 *  the libraries are built with -DGNN_REAL_DOUBLE=ON (gradient checks). */
#if GNN_REAL_DOUBLE
typedef double gnn_real;
#else
typedef float gnn_real;
#endif

typedef int32_t gnn_id;  /**< a node: 0 .. n_nodes-1 */
typedef int64_t gnn_off; /**< an arc, or an offset into arcs: 0 .. n_arcs */

typedef enum gnn_status {
    GNN_OK = 0,
    GNN_ERR_ARGUMENT,    /**< an option or argument is out of its range */
    GNN_ERR_SHAPE,       /**< tensors or graphs do not fit each other */
    GNN_ERR_INPUT,       /**< content of a file, or a file that is missing */
    GNN_ERR_OUTPUT,      /**< a file cannot be written */
    GNN_ERR_MEMORY,      /**< an allocation failed or a size overflows */
    GNN_ERR_NUMERIC,     /**< NaN, divergence, a solver that did not converge */
    GNN_ERR_CANCELLED,   /**< the progress callback asked to stop */
    GNN_ERR_UNSUPPORTED, /**< known, but not in this build or for these arguments */
    GNN_N_STATUS
} gnn_status;

/** The name of a status, e.g. "GNN_ERR_SHAPE"; a static string. */
GNN_API const char *gnn_status_name(gnn_status status);

/** The message of the last failure on this thread; "" when there was none. Valid until
 *  the next failure on this thread. */
GNN_API const char *gnn_last_error(void);

/** Record a failure: sets this thread's message and returns `status`, so that
 *  `return gnn_fail(GNN_ERR_INPUT, "%s:%ld: …", …)` both says and reports it. Called
 *  once, at the place where the failure is found. */
GNN_API gnn_status gnn_fail(gnn_status status, const char *format, ...) GNN_PRINTF(2, 3);

/** Go to the label `cleanup` of the calling function when `expression` is not GNN_OK. The
 *  function declares `gnn_status status`. */
#define GNN_TRY(expression)                                                              \
    do {                                                                                 \
        status = (expression);                                                           \
        if (status != GNN_OK) goto cleanup;                                              \
    } while (0)

/** GNN_TRY for a condition: GNN_CHECK(n > 0, GNN_ERR_ARGUMENT, "n is %d, need > 0",
 *  n). */
#define GNN_CHECK(condition, code, ...)                                                  \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            status = gnn_fail((code), __VA_ARGS__);                                      \
            goto cleanup;                                                                \
        }                                                                                \
    } while (0)

/** Reports how far a long call has come. `done` of `total` units (total 0: unknown) of
 *  the stage `what`. A non-zero return cancels the call, which then fails with
 *  GNN_ERR_CANCELLED and leaves everything as it was. */
typedef int (*gnn_progress)(void *user, const char *what, int64_t done, int64_t total);

#ifdef __cplusplus
}
#endif

#endif
