using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Review;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Console.Documents;
using ServerlessMme.Serving.Console.Http;
using ServerlessMme.Storage.Images;

namespace ServerlessMme.Serving.Console.Routes;

/// <summary>Stores dropped files, and returns their labels as soon as they exist.</summary>
internal sealed class DropRoutes(
    BlobDrops drops, ILabelReader labels, WorkLimits limits, IOptions<ImageOptions> images,
    IOptions<ArchiveOptions> archives)
{
    private const int MaxImages = 100;
    private const int MaxNames = 16_384;
    private const int ReadAhead = 8;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPut("/console/api/drops/{name}", WriteAsync);
        routes.MapGet("/console/api/drops/{name}/labels", LabelsAsync);
    }

    private async Task WriteAsync(HttpContext context)
    {
        var (model, image, replaces) = (context.Model(), context.Image(), context.Flag("replace"));
        var limit = ArchiveName.IsArchive(image) ? archives.Value.MaxExpandedBytes : images.Value.MaxBytes;
        if (context.Request.ContentLength > limit)
        {
            throw new ConsoleException(
                413, "TooLarge", $"The file has {context.Request.ContentLength} bytes; at most {limit} are allowed.");
        }

        context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = limit;
        // Checked before the file is uploaded. If two files with this name arrive at the same time, storage decides.
        if (!replaces && await drops.ExistsAsync(model, image, context.RequestAborted))
        {
            throw Exists(image);
        }

        using var turn = await limits.UploadAsync(context.RequestAborted);
        var result = await drops.WriteAsync(model, image, context.Request.Body, replaces, context.RequestAborted);
        await context.AnswerAsync(
            new DropBody(image, result.State switch
            {
                DropState.Exists => throw Exists(image),
                DropState.NoContainer => throw ConsoleException.NotFound(
                    $"There is no container '{model.ImagesContainer}'. Publish the model first."),
                _ => result.ETag!,
            }),
            ConsoleJson.Default.DropBody);
    }

    private async Task LabelsAsync(HttpContext context)
    {
        var model = context.Model();
        var text = AnswerFilters.LongText(context, "images") ?? "";
        var names = text.Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (names.Length > MaxImages || text.Length > MaxNames)
        {
            throw ConsoleException.Invalid(
                $"The parameter 'images' has {names.Length} names in {text.Length} characters; at most {MaxImages} "
                + $"names in {MaxNames} characters are allowed.");
        }

        var items = new List<AnswerItem>();
        foreach (var chunk in names.Select(name => ConsoleQuery.ImageOf(Uri.UnescapeDataString(name)))
            .Distinct(StringComparer.Ordinal).Chunk(ReadAhead))
        {
            var found = await Task.WhenAll(chunk.Select(image => FindAsync(model, image, context.RequestAborted)));
            items.AddRange(found.OfType<AnswerItem>());
        }

        await context.AnswerAsync(
            new AnswerPageBody(items, null, items.Count), ConsoleJson.Default.AnswerPageBody);
    }

    /// <summary>Returns the answer for the drop; null if the drop has no answer yet.</summary>
    private async Task<AnswerItem?> FindAsync(ModelName model, string image, CancellationToken cancellationToken)
    {
        await using var stream = await labels.OpenAsync(model, LabelName.Of(image), cancellationToken);
        if (stream is null)
        {
            return null;
        }

        try
        {
            using var label = await JsonDocument.ParseAsync(stream, default, cancellationToken);
            var isArchive = ArchiveName.IsArchive(image);
            var version = label.RootElement.GetProperty(isArchive ? "archive" : "image")
                .GetProperty("etag").GetString();
            // A file that replaced another file still has that file's label for a while.
            return version != await drops.FindVersionAsync(model, image, cancellationToken) ? null
                : isArchive ? OfArchive(image, label.RootElement)
                : AnswerItem.Of(StoredAnswer.Read(null, JsonSerializer.SerializeToUtf8Bytes(
                    label.RootElement, ConsoleJson.Default.JsonElement)));
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // Another program wrote a blob with that name.
            return null;
        }
    }

    private static AnswerItem OfArchive(string archive, JsonElement summary) => new(
        archive,
        summary.GetProperty("entries").GetInt64() switch { 1 => "1 image", var images => $"{images} images" },
        null,
        false,
        summary.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null,
        null,
        null,
        summary.GetProperty("finishedAt").GetDateTimeOffset(),
        null);

    private static ConsoleException Exists(string image) =>
        new(
            409, "Exists",
            $"A file named '{image}' already exists. Replace it, or drop this file under another name.");
}
