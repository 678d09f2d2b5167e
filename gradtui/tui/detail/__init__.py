"""One layer in detail: histograms before and now, its statistics over time, its neighbours."""
