from django.db import migrations

from references import names


def fill(apps, schema_editor):
    Person = apps.get_model("courses", "Person")
    people = list(Person.objects.only("name", "other_names"))
    for person in people:
        spellings = [person.name, *person.other_names]
        person.search_keys = "\n".join(map(names.key, spellings))
    Person.objects.bulk_update(people, ["search_keys"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("courses", "0009_merging_people")]

    # The keys go with their field.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
