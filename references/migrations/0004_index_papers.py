from django.db import migrations

from references import names


def compare_and_find(apps, schema_editor):
    """Fill what papers and authors are compared and found by."""
    Author = apps.get_model("references", "Author")
    Paper = apps.get_model("references", "Paper")
    SearchEntry = apps.get_model("references", "SearchEntry")
    for author in Author.objects.iterator():
        author.family_key = names.family_key(author.family_name)
        author.save(update_fields=["family_key"])
    papers = Paper.objects.prefetch_related("authors", "aliases")
    for paper in papers.iterator(chunk_size=500):
        paper.title_key = names.title_key(paper.title)
        paper.save(update_fields=["title_key"])
        words = [f"{each.given_name} {each.family_name}" for each in paper.authors.all()]
        words += [each.key for each in paper.aliases.all()]
        words += [paper.key, paper.venue]
        words += [f"arXiv:{paper.arxiv_id}"] if paper.arxiv_id else []
        words += [f"doi:{paper.doi}"] if paper.doi else []
        SearchEntry.objects.create(
            kind="paper",
            object_id=paper.pk,
            title=names.fold(paper.title),
            words=names.fold(" ".join([*words, str(paper.year or ""), paper.abstract])),
        )


class Migration(migrations.Migration):
    dependencies = [("references", "0003_papers_as_bibliographies_have_them")]
    operations = [migrations.RunPython(compare_and_find, migrations.RunPython.noop)]
