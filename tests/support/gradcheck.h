/* Gradients against finite differences, for anything that maps tensors to a tensor: ops,
 * layers, models.
 *
 * The output y is folded with fixed random weights r into L = Σ r ∘ y; central
 * differences of L are taken in double, without any op. Only a double build resolves them
 * to 1e-6: in a float build the same call runs forward and backward and asks for finite
 * numbers. */
#ifndef TESTS_GRADCHECK_H
#define TESTS_GRADCHECK_H

#include <gnn/context.h>

#include "support/support.h"

/* Compute y from the inputs x (n tensors of the caller's). Called many times with the
 * same step, so that random masks are the same each time. */
typedef gnn_tensor *(*support_function)(gnn_context *ctx, gnn_tensor *const *x,
                                        void *argument);

/* The error of an element is |gradient - difference| / max(|gradient|, |difference|,
 * floor); the floor, which keeps the rounding of L out, is a hundredth of the tensor's
 * largest gradient or of 1, whichever is larger. */
#define SUPPORT_GRADIENT_TOLERANCE 1e-6
#define SUPPORT_GRADIENT_STEP 1e-5

/* Check the gradient of every x[i] that requires one (its data are moved and put back);
 * ends the test with `name`, the input and the element where it is wrong. */
void support_check_gradient(const char *name, support_function f, void *argument, int n,
                            gnn_tensor *const *x);

/* One training step with L: y is copied to *y (malloc), and gradients to d[i] (malloc;
 * NULL where x[i] requires none), zero where nothing reaches x[i] and dense where it is
 * row-sparse. Returns the status of the step; on failure nothing is left behind. */
gnn_status support_step(gnn_context *ctx, support_function f, void *argument, int n,
                        gnn_tensor *const *x, gnn_real **y, int64_t *n_y, gnn_real **d);

/* A tensor of uniform values in [low, high) that requires a gradient if so told. */
gnn_status support_tensor(gnn_axis axis, int n_axes, const int64_t *shape, double low,
                          double high, uint64_t seed, bool requires_grad,
                          gnn_tensor **tensor);

#endif
