"""What each setting is: its name, its type, and the value that holds until somebody sets another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Licence:
    """A licence as the footer shows it: what it is, and its number."""

    label: str
    number: str


@dataclass(frozen=True)
class ShopSettings:
    name_zh: str = "第一书记扶贫超市"
    name_en: str = "First Secretary Village Shop"
    short_name_zh: str = "第一书记超市"
    short_name_en: str = "Village Shop"
    tagline_zh: str = "山里的货，一班车送到校园"
    tagline_en: str = "Village goods, one truck a week"
    seller_name: str = ""
    icp_number: str = ""
    police_number: str = ""
    licences: tuple[Licence, ...] = ()
    phone: str = ""
    hours_zh: str = "工作日 9:00–18:00"
    hours_en: str = "Working days 9:00–18:00"
    report_title_zh: str = "消费帮扶"
    report_title_en: str = "Procurement support"
    complete_after_days: int = 10  # an order nobody complains about completes by itself
    accept_within_hours: int = 24  # a producer's time to accept a task
    ready_within_hours: int = 48  # and to have it ready
    coordinator_hours: int = 12  # a coordinator's time to call before units go to another household
    remind_before_hours: int = 6  # so long before its deadline a household is reminded; 0: never
    substitute_borne_percent: int = 25  # of the price, what the shop bears at most for a cheaper substitute
    answer_within_hours: int = 48  # a buyer's time to say what becomes of units that nobody has
    bank_payee: str = ""  # where transfers go; empty: to the seller's own account
    bank_name: str = ""
    bank_number: str = ""
    second_person_above_yuan: int = 5000  # of a transfer; 0: always two
    keep_days_after_arrival: int = 1  # goods are good for so many days after the day on which they arrive
    claim_hours_fresh: int = 48  # so long after receipt a buyer may say that fresh goods arrived bad
    invoice_days: int = 180  # so long after an order is paid its buyer may ask for an invoice
    most_waiting_transfers: int = 20  # orders of one organisation that may wait for their transfer at once
    approval_hours: int = 72  # so long an organisation's approvers have for an order above a limit
    payout_day: int = 5  # of each month, on which the run to households is closed; 0: by hand
    payout_within_days: int = 7  # and within so many days it is paid
    late_after_days: int = 7  # a courier's parcel that is not delivered by then is late
    bag_sheet_rows: int = 5  # of stickers on an A4 sheet for labels of bags
    bag_sheet_columns: int = 2
    remind_uncollected_after_days: int = 2  # at a pickup point, then its buyer is written to
    remind_again_after_days: int = 2  # and so much later again; as long after that somebody decides
    pairing_percent: int = (
        0  # so much more income a head a paired household may have and still come first; 0: off
    )
    service_answer_hours: int = 4  # of working time, in which a buyer who writes has a first answer
    service_resolve_hours: int = 27  # and in which what they wrote of is settled
    service_opens_hour: int = 9  # working time, in Shanghai, on the working days of the calendar
    service_closes_hour: int = 18
    service_close_days: int = 7  # a conversation that the buyer does not go on with closes by itself
    privacy_days: int = 15  # working days within which somebody who asks about their data is answered
    roster_keep_days: int = 365  # after somebody left, whose row on the roster opened no account
    erase_after_days: int = 7  # an erasure can be called off for so many days
    low_stock_units: int = 5  # "few left" is said from here down
    review_all_first: int = (
        0  # 1: every review is looked at before it is shown; 0: photos and flagged words only
    )
    export_rows_at_once: int = 50_000  # a file with more rows is written in the background
    export_keep_days: int = 7  # and kept so long; copies of people's data stay nowhere for longer
    gift_list_days: int = 90  # after a gift was last touched, the list of its recipients is deleted
    review_within_days: int = 180  # of receiving goods they can be reviewed
    review_change_days: int = 30  # and so long a review can be changed that nobody has answered
    campaign_year_cap_yuan: int = (
        2000  # of welfare a member may choose in a year, over all campaigns; 0: no cap
    )
    campaign_share_percent: int = 30  # of each kind of goods of a campaign, one household's part at most
    remind_targets_months: int = 3  # so often those are written to whose yearly target is behind; 0: never
    weight_over_percent: int = (
        20  # above the weight that was ordered, what is paid at most of goods by weight
    )
    notice_zh: str = ""  # words to everybody, above every page of the shop
    notice_en: str = ""
    pickup_hint_zh: str = (
        ""  # said where somebody chooses a pickup point, and on the order until it is collected
    )
    pickup_hint_en: str = ""
    truck_hours_village: int = 12  # so long before its truck a village has goods ready, and the county hub
    truck_hours_hub: int = 24
    late_yes_hours: int = 12  # what a household gets that accepts a task after its deadline
    debt_soon_days: int = 3  # so long before a debt is due an organisation is reminded
    debt_again_days: int = 7  # and so often from then on
    rest_ahead_days: int = 21  # so long before trucks or couriers rest buyers are told
    certificate_days: int = 60  # so long before it expires a certificate stands in the inbox
    most_unpaid_orders: int = 3  # that a buyer may leave unpaid at once
    search_engines: int = 1  # 0: they are asked to stay away, as from a shop for trying out


DEFAULTS = ShopSettings()
