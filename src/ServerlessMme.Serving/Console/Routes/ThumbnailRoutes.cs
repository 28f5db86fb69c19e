using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Imaging;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Console.Http;
using ServerlessMme.Storage.Archives;

namespace ServerlessMme.Serving.Console.Routes;

/// <summary>
/// Small pictures of drops and of archives' entries. They are decoded within the product's limits and encoded again, so
/// no byte of a drop reaches the browser. Only a model's own container is read.
/// </summary>
internal sealed class ThumbnailRoutes(
    IImageSource images, BlobArchives archives, ArchiveEntries entries, WorkLimits limits, WorkingMemory memory,
    IOptions<ImagingOptions> options)
{
    private static readonly int[] Sides = [160, 320, 1024];

    private readonly ThumbnailMaker _maker = new(options.Value, memory.Decoding);

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/console/api/thumbs/{name}", MakeAsync);

    private async Task MakeAsync(HttpContext context)
    {
        var (model, image) = (context.Model(), context.Image());
        var side = context.Number("size", Sides[0], Sides[0], Sides[^1]);
        if (!Sides.Contains(side))
        {
            throw ConsoleException.Invalid(
                $"The parameter 'size' is {side}, but must be one of {string.Join(", ", Sides)}.");
        }

        if (ArchiveName.IsArchive(image))
        {
            throw new ConsoleException(415, "IsArchive", $"'{image}' is an archive, so it has no thumbnail.");
        }

        var archive = ArchiveName.OfEntry(image);
        using var turn = archive is null
            ? await limits.ThumbnailAsync(context.RequestAborted)
            : await limits.ArchiveAsync(context.RequestAborted);
        var known = KnownVersion(context.Request);
        var fetched = await images.FetchAsync(model, image, known, context.RequestAborted);
        if (archive is not null && fetched.Refusal?.Code == ErrorCode.ImageNotFound)
        {
            fetched = await FetchEntryAsync(model, archive, image, known, context.RequestAborted) ?? fetched;
        }

        using var encoded = fetched.Image;
        if (fetched.Refusal is { } refusal)
        {
            throw ConsoleException.Of(refusal);
        }

        if (encoded is null)
        {
            Keep(context.Response, known);
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        if (!(await _maker.MakeAsync(encoded, side, context.RequestAborted)).TryGet(out var jpeg, out refusal))
        {
            throw ConsoleException.Of(refusal);
        }

        Keep(context.Response, fetched.Reference.ETag);
        await context.AnswerAsync(jpeg, "image/jpeg");
    }

    /// <summary>Reads an entry, which has its archive's version; null if the archive doesn't exist.</summary>
    private async Task<FetchedImage?> FetchEntryAsync(
        ModelName model, string archive, string image, string? unlessETag, CancellationToken cancellationToken)
    {
        await using var opened = await archives.OpenAsync(model, archive, unlessETag, cancellationToken);
        return opened is null ? null
            : opened.Content is not { } content ? new FetchedImage(opened.Reference, null, null)
            : await entries.ReadAsync(opened.Reference, content, image, cancellationToken);
    }

    private static void Keep(HttpResponse response, string? version)
    {
        // A stale picture would be shown with the answer for the image that replaced it.
        response.Headers.CacheControl = "private, no-cache";
        response.Headers.ETag = $"\"{version}\"";
    }

    /// <summary>
    /// Returns the version that the browser has; null if it has none, or if the header isn't one of ours.
    /// </summary>
    private static string? KnownVersion(HttpRequest request)
    {
        var text = request.Headers.IfNoneMatch.ToString().Trim('"');
        return text.Length is > 0 and <= 100 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? text
            : null;
    }
}
