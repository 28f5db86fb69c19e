using System.Text;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Core.Review;

/// <summary>Finds the label of an archive's entry, which is a line of the archive's answer.</summary>
public static class ArchiveLine
{
    /// <summary>Returns the line as JSON in UTF-8, or null if the image is not an entry, or has no line.</summary>
    /// <param name="image"><c>{archive}/{entry}</c>.</param>
    public static async Task<byte[]?> FindAsync(
        ILabelReader labels, ModelName model, string image, CancellationToken cancellationToken)
    {
        if (ArchiveName.OfEntry(image) is not { } archive)
        {
            return null;
        }

        await using var blob = await labels.OpenAsync(model, archive + ArchiveName.LinesSuffix, cancellationToken);
        using var lines = new StreamReader(blob ?? Stream.Null);
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            var json = Encoding.UTF8.GetBytes(line);
            if (AnswerListing.TryRead(archive, json)?.Image == image)
            {
                return json;
            }
        }

        return null;
    }
}
