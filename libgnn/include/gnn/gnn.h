/* libgnn: graph neural networks on CPUs. This header includes all the others. */
#ifndef GNN_GNN_H
#define GNN_GNN_H

#include <gnn/config.h>
#include <gnn/context.h>
#include <gnn/graph.h>
#include <gnn/layer.h>
#include <gnn/loss.h>
#include <gnn/metrics.h>
#include <gnn/model.h>
#include <gnn/names.h>
#include <gnn/ops.h>
#include <gnn/optim.h>
#include <gnn/option.h>
#include <gnn/parallel.h>
#include <gnn/run.h>
#include <gnn/safetensors.h>
#include <gnn/status.h>
#include <gnn/tensor.h>
#include <gnn/train.h>

#endif
