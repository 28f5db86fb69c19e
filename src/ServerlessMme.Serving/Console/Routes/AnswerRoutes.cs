using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Review;
using ServerlessMme.Core.Truth;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Console.Documents;
using ServerlessMme.Serving.Console.Http;

namespace ServerlessMme.Serving.Console.Routes;

/// <summary>A model's answers in pages, one of them in full, and their totals.</summary>
internal sealed class AnswerRoutes(
    AnswerPages pages, AnswerListing listing, ILabelReader labels, ITruthStore truths, WorkLimits limits,
    TimeProvider time)
{
    // A group's label has an answer per member.
    private const int MaxLabelBytes = 16 << 20;

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(400);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/console/api/answers/{name}", ListAsync);
        routes.MapGet("/console/api/answers/{name}/label", LabelAsync);
        routes.MapGet("/console/api/answers/{name}/summary", SummarizeAsync);
    }

    private async Task ListAsync(HttpContext context)
    {
        var filter = AnswerFilters.Read(context);
        var page = await pages.ReadAsync(
            context.Model(), AnswerFilters.Cursor(context, "from"), AnswerFilters.Count(context), filter.Accepts,
            context.RequestAborted);
        await context.AnswerAsync(AnswerPageBody.Of(page), ConsoleJson.Default.AnswerPageBody);
    }

    private async Task LabelAsync(HttpContext context)
    {
        var (model, image) = (context.Model(), context.Image());
        var json = await ReadAsync(model, image, context.RequestAborted)
            ?? throw ConsoleException.NotFound(
                $"'{image}' has no label. The image may still be waiting to be classified.");
        var truth = TruthName.Check(image) is null
            ? await truths.FindAsync(model, image, context.RequestAborted)
            : null;
        await context.AnswerAsync(Write(json, truth), ConsoleBody.Json);
    }

    private async Task SummarizeAsync(HttpContext context)
    {
        var (model, filter) = (context.Model(), AnswerFilters.Read(context));
        using var turn = await limits.ScanAsync(context.RequestAborted);
        var events = new EventStream(context);
        var totals = new AnswerTotals();
        var (seen, sentAt) = (0L, time.GetTimestamp());
        await foreach (var answer in listing.ListAsync(
            model, new AnswerFilter(), readsLabels: false, _ => seen++, context.RequestAborted))
        {
            if (filter.Accepts(answer))
            {
                totals.Add(answer);
            }

            if (time.GetElapsedTime(sentAt) > ProgressInterval)
            {
                await events.SendAsync("progress", SummaryBody.Of(seen, totals), ConsoleJson.Default.SummaryBody);
                sentAt = time.GetTimestamp();
            }
        }

        await events.SendAsync("done", SummaryBody.Of(seen, totals), ConsoleJson.Default.SummaryBody);
    }

    /// <summary>
    /// Returns the label's JSON, or an entry's line from its archive's results; null if there is neither.
    /// </summary>
    private async Task<byte[]?> ReadAsync(ModelName model, string image, CancellationToken cancellationToken)
    {
        await using (var stream = await labels.OpenAsync(model, LabelName.Of(image), cancellationToken))
        {
            if (stream is not null)
            {
                return await ReadAllAsync(stream, cancellationToken);
            }
        }

        return await ArchiveLine.FindAsync(labels, model, image, cancellationToken);
    }

    private static async Task<byte[]> ReadAllAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var memory = new MemoryStream();
        var buffer = new byte[81_920];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (memory.Length + read > MaxLabelBytes)
            {
                throw new ConsoleException(
                    413, "LabelTooLarge", $"The label has more than {MaxLabelBytes} bytes. 'mme labels' shows it.");
            }

            memory.Write(buffer, 0, read);
        }

        return memory.ToArray();
    }

    /// <summary>Returns the stored label, followed by the correct label and the image's version.</summary>
    private static byte[] Write(byte[] json, CorrectLabel? truth)
    {
        using var label = Parse(json);
        using var body = new MemoryStream(json.Length + 256);
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            foreach (var member in label.RootElement.EnumerateObject()
                .Where(each => each.Name is not ("truth" or "etag")))
            {
                member.WriteTo(writer);
            }

            WriteTruth(writer, truth);
            if (label.RootElement.TryGetProperty("image", out var image) && image.ValueKind == JsonValueKind.Object
                && image.TryGetProperty("etag", out var etag))
            {
                writer.WritePropertyName("etag");
                etag.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        return body.ToArray();
    }

    private static JsonDocument Parse(byte[] json)
    {
        try
        {
            var label = JsonDocument.Parse(json);
            return label.RootElement.ValueKind == JsonValueKind.Object ? label : throw new JsonException();
        }
        catch (JsonException)
        {
            throw ConsoleException.NotFound("The blob with that name isn't a label. Another program wrote it.");
        }
    }

    private static void WriteTruth(Utf8JsonWriter writer, CorrectLabel? truth)
    {
        if (truth is null)
        {
            writer.WriteNull("truth");
            return;
        }

        writer.WriteStartObject("truth");
        writer.WriteString("label", truth.Label);
        if (truth.By is { } by)
        {
            writer.WriteString("by", by);
        }

        if (truth.At is { } at)
        {
            writer.WriteString("at", at);
        }

        writer.WriteEndObject();
    }
}
