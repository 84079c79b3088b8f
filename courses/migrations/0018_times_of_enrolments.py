from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    """Rows that are there already count from now on."""

    dependencies = [
        ("courses", "0017_tokens"),
    ]

    operations = [
        migrations.AddField(
            model_name="enrolment",
            name="created_at",
            field=models.DateTimeField(auto_now_add=True, db_default=Now()),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="updated_at",
            field=models.DateTimeField(auto_now=True, db_default=Now()),
        ),
    ]
