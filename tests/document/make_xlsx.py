#!/usr/bin/env python3
"""make_xlsx.py FILE - writes the workbook that test_xlsx.c reads, with openpyxl (run once; the file is kept beside it)."""
import datetime
import sys

import openpyxl

book = openpyxl.Workbook()
sheet = book.active
sheet.title = "检查"
sheet.append(["编号", "日期", "金额", "人数", "合计", "完成"])
sheet.append(["007", datetime.date(2019, 3, 1), 1234.5, 12, "=C2*D2", True])
sheet.append(["第二行\n后半", datetime.datetime(2019, 3, 1, 8, 30), -0.01, 0, "=C3*D3", False])
book.create_sheet("藏").sheet_state = "hidden"
book.properties.created = book.properties.modified = datetime.datetime(2019, 3, 1)
book.save(sys.argv[1])
