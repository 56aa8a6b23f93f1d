"""Codes of units that interfaces send, in the spelling of units.py: UN/CEFACT Recommendation 20 (NGSI unitCode), UCUM
(SensorThings definitions). What has no conversion there still names itself, so that equal units meet."""

from collections.abc import Mapping
from types import MappingProxyType

CEFACT: Mapping[str, str] = MappingProxyType(
    {
        "GQ": "µg/m³",
        "GP": "mg/m³",
        "CEL": "°C",
        "FAH": "°F",
        "KEL": "K",
        "P1": "%",
        "MTR": "m",
        "CMT": "cm",
        "MMT": "mm",
        "KMT": "km",
        "MTS": "m/s",
        "KMH": "km/h",
        "PAL": "Pa",
        "A97": "hPa",
        "KPA": "kPa",
        "MPA": "MPa",
        "BAR": "bar",
        "WTT": "W",
        "KWT": "kW",
        "WHR": "Wh",
        "KWH": "kWh",
        "VLT": "V",
        "2Z": "mV",
        "AMP": "A",
        "4K": "mA",
        "LTR": "L",
        "MTQ": "m³",
        "SEC": "s",
        "MIN": "min",
        "HUR": "h",
        "C26": "ms",
        "2N": "dB",
        "LUX": "lx",
        "59": "ppm",
        "61": "ppb",
        "DD": "°",
    }
)

UCUM: Mapping[str, str] = MappingProxyType(
    {
        "Cel": "°C",
        "degC": "°C",
        "[degF]": "°F",
        "ug/m3": "µg/m³",
        "ug.m-3": "µg/m³",
        "mg/m3": "mg/m³",
        "m3": "m³",
        "km/h": "km/h",
        "l": "L",
        "1": "ratio",
        "Degree Celsius": "°C",
        "Percent": "%",
        "[ppm]": "ppm",
        "deg": "°",
    }
)
