#!/usr/bin/python3
"""A GCN's full-batch training step in plain PyTorch, both matrices kept sparse.

torch_gcn.py FOLDER [STEPS]   two layers, hidden 16, on a data directory (dropout .5, Adam)
torch_gcn.py large [STEPS]    three layers, hidden 256, on the synthetic graph of graphs.py
"""
import sys

import numpy as np
import scipy.sparse as sp
import torch
import torch.nn.functional as F

import graphs


class Propagate(torch.autograd.Function):
    """A H for a symmetric constant A, which is its own transpose in backward."""

    @staticmethod
    def forward(ctx, a, h):
        ctx.a = a
        return a @ h

    @staticmethod
    def backward(ctx, d):
        return None, ctx.a @ d.contiguous()


class SparseLinear(torch.autograd.Function):
    """X W for constant sparse X, given with its transpose: no gradient to X."""

    @staticmethod
    def forward(ctx, x, x_transposed, w):
        ctx.x_transposed = x_transposed
        return x @ w

    @staticmethod
    def backward(ctx, d):
        return None, None, ctx.x_transposed @ d.contiguous()


def small(folder, steps):
    a, x, y, train, n_classes = graphs.read_folder(folder)
    a = graphs.torch_csr(graphs.gcn_operator(a))
    # Dropout acts on the stored values; the transpose takes the same ones in its own order.
    places = sp.csr_matrix((np.arange(x.nnz) + 1, x.indices, x.indptr), shape=x.shape).T.tocsr()
    places.sort_indices()
    order = torch.from_numpy(places.data.astype(np.int64) - 1)
    values, hidden = torch.from_numpy(x.data), 16
    w1 = torch.nn.init.xavier_uniform_(torch.empty(x.shape[1], hidden)).requires_grad_()
    w2 = torch.nn.init.xavier_uniform_(torch.empty(hidden, n_classes)).requires_grad_()
    b1, b2 = (torch.zeros(k, requires_grad=True) for k in (hidden, n_classes))
    optimizer = torch.optim.Adam([{"params": [w1, b1], "weight_decay": 5e-4},
                                  {"params": [w2, b2], "weight_decay": 0}], lr=0.01)

    def step():
        optimizer.zero_grad()
        kept = F.dropout(values, 0.5)
        h = SparseLinear.apply(graphs.torch_csr(x, kept), graphs.torch_csr(places, kept[order]), w1)
        h = F.dropout(F.relu(Propagate.apply(a, h) + b1), 0.5)
        z = Propagate.apply(a, h @ w2) + b2
        F.cross_entropy(z[train], y[train]).backward()
        optimizer.step()

    graphs.time_steps(f"GCN {folder}", step, steps)


def large(steps):
    a, x, y, train, n_classes = graphs.large()
    a = graphs.torch_csr(graphs.gcn_operator(a))
    layers = torch.nn.ModuleList(torch.nn.Linear(*s) for s in ((128, 256), (256, 256), (256, n_classes)))
    optimizer = torch.optim.Adam(layers.parameters(), lr=0.01)

    def step():
        optimizer.zero_grad()
        h = x
        for k, layer in enumerate(layers):
            h = Propagate.apply(a, layer(h))
            if k + 1 < len(layers):
                h = F.dropout(F.relu(h), 0.5)
        F.cross_entropy(h[train], y[train]).backward()
        optimizer.step()

    graphs.time_steps("GCN large", step, steps)


if __name__ == "__main__":
    torch.manual_seed(0)
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if sys.argv[1] == "large":
        large(int(sys.argv[2]) if len(sys.argv) > 2 else 5)
    else:
        small(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200)
