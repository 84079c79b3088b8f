"""What the tests of models share: each constraint is met, in the database and in
forms."""

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction


class ConstraintTests:
    """Tests for a TestCase with ``app_label`` and ``violations()``.

    That gives, by name of constraint, an unsaved row that breaks it (and no
    other) and the message a form then shows.
    """

    def constraints(self):
        return {
            constraint.name: constraint
            for model in apps.get_app_config(self.app_label).get_models()
            for constraint in model._meta.constraints
        }

    def test_every_constraint_is_met_here(self):
        self.assertEqual(self.violations().keys(), self.constraints().keys())

    def test_the_database_keeps_each_constraint(self):
        constraints = self.constraints()
        for name, (row, _message) in self.violations().items():
            with self.subTest(name):
                with self.assertRaises(IntegrityError) as refused, transaction.atomic():
                    type(row).objects.bulk_create([row])
                if isinstance(constraints[name], models.CheckConstraint):
                    self.assertIn(name, str(refused.exception))

    def test_a_form_says_which_constraint_is_broken(self):
        for name, (row, message) in self.violations().items():
            with self.subTest(name):
                with self.assertRaises(ValidationError) as refused:
                    row.validate_constraints()
                self.assertEqual(refused.exception.messages, [message])
