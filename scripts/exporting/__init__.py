"""The weekly export: tables for support and finance as CSV, Parquet and an Excel workbook."""
