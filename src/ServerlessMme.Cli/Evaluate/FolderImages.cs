using Microsoft.Extensions.Options;
using ServerlessMme.Cli.Classify;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Truth;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Evaluate;

/// <summary>The images of a local folder that has a folder per label.</summary>
internal sealed class FolderImages(
    string folder, LocalFiles files, WorkingMemory memory, IOptions<ImageOptions> options) : IEvaluationImages
{
    /// <exception cref="CommandException">There is no such folder, or no image in it.</exception>
    public static LocalFiles Find(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new CommandException(
                ExitCodes.Usage,
                File.Exists(folder)
                    ? $"--images is the file '{folder}', but must be a folder with one folder of images per label."
                    : $"There is no folder '{folder}'. mme searched for '{Path.GetFullPath(folder)}'. --images needs a "
                        + "folder with one folder of images per label.");
        }

        var files = LocalImages.Find([folder]);
        return files.Images.Count > 0
            ? files
            : throw new CommandException(
                ExitCodes.Usage,
                $"'{folder}' has no images. {files.SearchText}");
    }

    public LabeledImages Match(ModelName model, IReadOnlyList<string> labels)
    {
        var found = LabeledFolder.Of(files.Images, labels);
        if (found.Images.Count == 0)
        {
            throw new CommandException(ExitCodes.Usage, NoLabel(model, found, labels));
        }

        return new LabeledImages(
            new LocalImageSource(found.Images, memory, options),
            [.. found.Images.Select(image => (image.Name, image.Path))],
            found.Truths)
        {
            UnknownFolders = found.Unknown,
            Unlabeled = found.Unlabeled,
            Skipped = files.Skipped,
        };
    }

    private string NoLabel(ModelName name, LabeledFolder found, IReadOnlyList<string> labels) =>
        found.Unknown.Count == 0
            ? $"The images in '{folder}' are not in label folders. Put them into folders named after the labels of "
                + $"'{name}': {Counted.Names(labels)}."
            : $"No folder in '{folder}' is named after a label of '{name}'. Folders: "
                + $"{Counted.Names(found.Unknown.Select(each => each.Folder))}. Labels: {Counted.Names(labels)}.";
}
