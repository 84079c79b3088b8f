"""The least page that takes work: the fields of the real one, no word of it."""

import secrets

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from config.urls import urlpatterns as site
from projects import receiving
from projects.models import Delivery, Slot, Team


@csrf_exempt
def hand_in(request, pk):
    if request.method == "GET":
        key = secrets.token_urlsafe(16)
        return HttpResponse(f'<input name="request_key" value="{key}">')
    team = Team.objects.of(request.user).get(assignment=pk)
    slots = {f"slot-{slot.pk}": slot for slot in Slot.objects.filter(assignment=pk)}
    limits = {name: slot.max_size_bytes for name, slot in slots.items()}
    handler = receiving.MeasuringUploadHandler(request, limits)
    request.upload_handlers = [handler]
    try:
        files = request.FILES.items()
        if handler.stopped:
            name, file_name = handler.stopped
            raise receiving.Refused(receiving.too_large(slots[name], file_name))
        parts = [receiving.Part(slots[name], file) for name, file in files]
        key, counts = request.POST["request_key"], request.POST.get("late") == "count"
        delivery = receiving.receive(team, request.user, parts, key, counts=counts)
    except receiving.Refused as refusal:
        return HttpResponse(str(refusal), status=400)
    return HttpResponseRedirect(f"/submit/receipts/{delivery.pk}/")


def receipt(request, pk):
    [each] = Delivery.objects.visible_to(request.user).get(pk=pk).submissions.all()
    return HttpResponse(each.file.sha256)


urlpatterns = [
    path("submit/<int:pk>/", hand_in),
    path("submit/receipts/<int:pk>/", receipt),
    *site,
]
