from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    """Rows that are there already count from now on."""

    dependencies = [
        ('references', '0004_index_papers'),
    ]

    operations = [
        migrations.AddField(
            model_name='author',
            name='created_at',
            field=models.DateTimeField(auto_now_add=True, default=timezone.now),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='author',
            name='updated_at',
            field=models.DateTimeField(auto_now=True, default=timezone.now),
            preserve_default=False,
        ),
    ]
