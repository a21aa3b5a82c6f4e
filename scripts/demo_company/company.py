"""The whole company, in the order in which its parts depend on each other."""

from __future__ import annotations

from demo_company.contract import say_more
from demo_company.dirt import spoil
from demo_company.draw import stream
from demo_company.incidents import PLANTED, Incident
from demo_company.money import budget_crossings, make_invoices
from demo_company.records import Company
from demo_company.reference import Reference
from demo_company.support import make_support
from demo_company.workflows import make_workflows


def make_company(reference: Reference, seed: int) -> tuple[Company, list[Incident]]:
    company = Company()
    make_support(company, reference, seed)
    make_workflows(company, reference, seed)
    say_more(company, reference, stream(seed, "contract"))
    make_invoices(company, stream(seed, "invoices"))
    crossings = budget_crossings(company, reference)
    users = {user.user_id for group in reference.users.values() for user in group}
    spoil(company, users, stream(seed, "dirt"), stream(seed, "newer dirt"))
    return company, [*PLANTED, *crossings]
