#!/usr/bin/python3
"""A GAT's full-batch training step in plain PyTorch, attention by scatter and gather.

torch_gat.py FOLDER [STEPS]   8 heads x 8, then one head, on a data directory
torch_gat.py large [STEPS]    4 heads x 64 twice, then one head, on the synthetic graph of graphs.py
"""
import sys

import numpy as np
import scipy.sparse as sp
import torch
import torch.nn.functional as F

import graphs


class GAT(torch.nn.Module):
    """One attention layer; `source` and `target` list the arcs, self-loops among them."""

    def __init__(self, width, heads, out, source, target, n):
        super().__init__()
        self.heads, self.out, self.n = heads, out, n
        self.source, self.target = source, target
        glorot = torch.nn.init.xavier_uniform_
        self.weight = torch.nn.Parameter(glorot(torch.empty(width, heads * out)))
        self.to_source = torch.nn.Parameter(glorot(torch.empty(heads, out)))
        self.to_target = torch.nn.Parameter(glorot(torch.empty(heads, out)))

    def forward(self, x):
        z = torch.sparse.mm(x, self.weight) if x.is_sparse else x @ self.weight
        z = z.view(self.n, self.heads, self.out)
        score = F.leaky_relu((z * self.to_source).sum(2)[self.source] +
                             (z * self.to_target).sum(2)[self.target], 0.2)
        top = torch.zeros(self.n, self.heads).scatter_reduce(
            0, self.target[:, None].expand_as(score), score.detach(), "amax", include_self=False)
        share = (score - top[self.target]).exp()
        total = torch.zeros(self.n, self.heads).index_add(0, self.target, share)
        share = F.dropout(share / total[self.target], 0.6)
        mixed = torch.zeros(self.n, self.heads, self.out)
        return mixed.index_add(0, self.target, share[:, :, None] * z[self.source]).flatten(1)


def main(what, steps):
    if what == "large":
        a, x, y, train, n_classes = graphs.large()
        sizes = [(128, 4, 64), (256, 4, 64), (256, 1, n_classes)]
    else:
        a, x, y, train, n_classes = graphs.read_folder(what)
        sizes = [(x.shape[1], 8, 8), (64, 1, n_classes)]
        x = x.tocoo()
        x = torch.sparse_coo_tensor(np.vstack((x.row, x.col)), torch.from_numpy(x.data), x.shape).coalesce()
    a = (a + sp.eye(a.shape[0])).tocoo()
    arcs = torch.from_numpy(a.col.astype(np.int64)), torch.from_numpy(a.row.astype(np.int64))
    layers = torch.nn.ModuleList(GAT(*size, *arcs, a.shape[0]) for size in sizes)
    optimizer = torch.optim.Adam(layers.parameters(), lr=0.005, weight_decay=5e-4)

    def step():
        optimizer.zero_grad()
        h = x
        for k, layer in enumerate(layers):
            h = layer(h)
            if k + 1 < len(layers):
                h = F.dropout(F.elu(h), 0.6)
        F.cross_entropy(h[train], y[train]).backward()
        optimizer.step()

    graphs.time_steps(f"GAT {what}", step, steps)


if __name__ == "__main__":
    torch.manual_seed(0)
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3 if sys.argv[1] == "large" else 30)
