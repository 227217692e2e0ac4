#!/usr/bin/env python3
"""make_demo_duty.py - writes the demonstration duty roster of the college pack: one row for every day of 2018 and 2019.

    make_demo_duty.py [FOLDER]        default: src/packs/college/demo

The same rows each time. People take turns by the day; what is told of a day follows from the calendar of the college.
"""
import datetime
import os
import sys

DAY = datetime.timedelta(days=1)
LEADERS = ["演示·陈远", "演示·苏明", "演示·何静", "演示·秦岳"]
OFFICERS = ["演示·林晓", "演示·周松", "演示·许然", "演示·罗桐", "演示·孟溪", "演示·白露", "演示·叶青", "演示·沈禾", "演示·顾川", "演示·江帆"]

# What is handed over, by the kind of day; most days are simply normal.
TERM = ["正常；实验楼22时清楼，门窗水电已关闭", "正常；夜间巡查学生宿舍，熄灯秩序良好", "正常；检查教学楼安全出口，保持畅通", "正常；实验室值日记录齐全",
        "正常；劝导电动自行车停放到指定车棚2辆", "正常；晚自习教室已逐间锁闭", "正常；巡查微信群、QQ群，无异常信息", "正常；提醒晚归学生1人登记",
        "正常；气瓶间、试剂室门锁和登记检查完好", "正常；拾到校园卡1张，已交还失主", "正常；走廊照明灯不亮1盏，已报修", "正常；消防通道临时停放车辆1辆，已通知移走"]
WEEKEND = ["正常；周末留校学生情况已核对", "正常；周末实验登记3人，均有两人以上在场", "正常；检查办公室和会议室门窗，已关闭", "正常；巡查学院网站和公共账号，运行正常"]
BREAK = ["正常；假期留校学生名单已核对", "正常；实验楼封闭，门窗水电检查完好", "正常；气瓶间、试剂室封条完好", "正常；办公楼巡查无异常", "正常；留校科研人员已登记"]
HOLIDAY = ["正常；节假日留校人员已核对", "正常；节日期间值班电话畅通，巡查无异常", "正常；节日外出学生均已登记去向"]

# First and last days of public holidays and of the vacations.
HOLIDAYS = [("2018-01-01", "2018-01-01"), ("2018-02-15", "2018-02-21"), ("2018-04-05", "2018-04-07"), ("2018-04-29", "2018-05-01"),
            ("2018-06-16", "2018-06-18"), ("2018-09-22", "2018-09-24"), ("2018-10-01", "2018-10-07"), ("2018-12-30", "2019-01-01"),
            ("2019-02-04", "2019-02-10"), ("2019-04-05", "2019-04-07"), ("2019-05-01", "2019-05-04"), ("2019-06-07", "2019-06-09"),
            ("2019-09-13", "2019-09-15"), ("2019-10-01", "2019-10-07")]
BREAKS = [("2018-01-20", "2018-03-02"), ("2018-07-14", "2018-08-31"), ("2019-01-19", "2019-02-24"), ("2019-07-13", "2019-08-31")]
# Days of which more is told: what happened, incidents, of these on the network.
TOLD = {
    "2018-05-11": ("正常；教学楼疏散演练有序，无人受伤", 0, 0),
    "2018-05-16": ("正常；消防检查发现的问题已登记并通知责任人", 0, 0),
    "2018-10-18": ("两名学生点击群内冒充教务通知的钓鱼链接，已指导修改密码，没有财产损失；链接已删除并在各群警示", 1, 1),
    "2018-10-19": ("正常；复查钓鱼链接所涉账号，无异常登录", 0, 0),
    "2018-11-09": ("正常；3号宿舍楼消防演练结束，设施已复位", 0, 0),
    "2019-03-20": ("正常；联合检查发现的3项问题已登记并通知责任人", 0, 0),
    "2019-04-17": ("正常；收回违规电器登记完毕，寝室已复查", 0, 0),
    "2019-05-10": ("正常；实验楼演练结束，灭火器已补充", 0, 0),
    "2019-05-22": ("正常；气瓶存放问题已登记，整改前停止使用电气焊操作室", 0, 0),
    "2019-08-10": ("正常；大风暴雨预警，已检查门窗和排水，无积水", 0, 0),
    "2019-09-05": ("正常；新生安全教育大会散场有序", 0, 0),
    "2019-10-21": ("正常；一名学生账号提示异地登录，经核实为本人使用代理，不属安全事件", 0, 0),
    "2019-11-08": ("正常；5号宿舍楼消防演练结束，设施已复位", 0, 0),
}


def within(day, spans):
    return any(datetime.date.fromisoformat(a) <= day <= datetime.date.fromisoformat(b) for a, b in spans)


def events(day):
    """What is told of the day, incidents, network incidents."""
    told = TOLD.get(day.isoformat())
    if told:
        return told
    turn = (day.toordinal() * 7919 + day.month * 31) % 97
    if turn % 5 < 3:
        return "正常", 0, 0
    kinds = HOLIDAY if within(day, HOLIDAYS) else BREAK if within(day, BREAKS) else WEEKEND if day.weekday() > 4 else TERM
    return kinds[(turn // 5 + day.day) % len(kinds)], 0, 0


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "src/packs/college/demo"
    for year in (2018, 2019):
        day = datetime.date(year, 1, 1)
        rows = ["值班日期,带班领导,值班人员,值班情况,安全事件,其中网络安全事件\n"]
        while day.year == year:
            leader = LEADERS[day.toordinal() // 7 % len(LEADERS)]
            officer = OFFICERS[day.toordinal() * 3 % len(OFFICERS)]
            rows.append("%s,%s,%s,%s,%d,%d\n" % (day, leader, officer, *events(day)))
            day += DAY
        with open(os.path.join(folder, f"{year}-duty.csv"), "w", encoding="utf-8", newline="\n") as f:
            f.writelines(rows)


if __name__ == "__main__":
    main()
