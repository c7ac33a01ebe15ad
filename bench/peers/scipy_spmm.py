#!/usr/bin/python3
"""Sparse times dense with SciPy (one thread) and PyTorch's CSR (all threads).

scipy_spmm.py [NODES ARCS]   R-MAT .57/.19/.19/.05 as in bench/spmm.c, ids shuffled
"""
import sys
import time

import numpy as np
import scipy
import scipy.sparse as sp
import torch

import graphs


def rmat(n, arcs, random):
    """Endpoints of R-MAT arcs over n nodes (Chakrabarti et al. 2004), ids shuffled."""
    bits = int(n - 1).bit_length()
    row, column = np.zeros(arcs, np.int64), np.zeros(arcs, np.int64)
    for _ in range(bits):
        u = random.random(arcs)
        row = 2 * row + (u >= 0.76)
        column = 2 * column + ((u >= 0.57) & (u < 0.76) | (u >= 0.95))
    inside = (row < n) & (column < n)
    shuffled = random.permutation(n)
    return shuffled[row[inside]], shuffled[column[inside]]


def least(call, repeats=7):
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds) * 1e3


if __name__ == "__main__":
    n, arcs = (int(v) for v in sys.argv[1:3]) if len(sys.argv) > 2 else (170_000, 3_000_000)
    random = np.random.default_rng(0)
    source, target = rmat(n, arcs, random)
    a = sp.coo_matrix((np.ones(len(source), np.float32), (target, source)), shape=(n, n)).tocsr()
    a.data[:] = random.random(a.nnz)
    wrapped = graphs.torch_csr(a)
    print(f"{n} nodes, {a.nnz} arcs; scipy {scipy.__version__}, torch {torch.__version__} "
          f"with {torch.get_num_threads()} threads; least of 7, ms")
    for width in (16, 64, 128, 256):
        x = random.random((n, width), np.float32)
        h = torch.from_numpy(x)
        print(f"width {width:3}: scipy {least(lambda: a @ x):8.2f}  torch {least(lambda: wrapped @ h):8.2f}")
