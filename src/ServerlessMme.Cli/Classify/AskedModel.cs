using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Cli.Classify;

/// <summary>The model or group that the user specified.</summary>
/// <param name="Parent">The folder that contains it.</param>
/// <param name="Missing">The message for a model that doesn't exist.</param>
internal sealed record AskedModel(ModelName Name, string Parent, string Missing, bool IsGroup)
{
    /// <exception cref="CommandException">The text names no model folder.</exception>
    public static AskedModel OfModel(string text)
    {
        if (File.Exists(text) && ModelFolder.FindProblem(text) is { } problem)
        {
            throw Usage(problem);
        }

        var folder = new ModelFolder(text);
        return folder.Name.TryGet(out var name, out var refusal)
            ? new AskedModel(name, folder.Parent, folder.Missing, IsGroup: false)
            : throw Usage(refusal.Message);
    }

    /// <exception cref="CommandException">The text names no group.</exception>
    public static AskedModel OfGroup(string text)
    {
        var file = new GroupFile(text);
        if (file.FindProblem() is { } problem)
        {
            throw Usage(problem);
        }

        return file.Name.TryGet(out var name, out var refusal)
            ? new AskedModel(
                name, file.Parent, $"There is no group in '{Printable.Text(file.FullPath)}'.", IsGroup: true)
            : throw Usage(refusal.Message);
    }

    /// <summary>Checks that the model or group can answer. Lists members that cannot on standard error.</summary>
    /// <param name="members">The group's members; null for a model.</param>
    /// <exception cref="CommandException">The model or group cannot answer.</exception>
    public void Check(AcquiredModel acquired, IReadOnlyList<GroupMember>? members)
    {
        if (IsGroup && members is null && acquired.Refusal is null)
        {
            throw Usage($"'{Name}' is a model folder, which takes precedence over the group file of that name. Use "
                + "--model, or rename the group file.");
        }

        if (IsGroup && members is not null)
        {
            if (members.All(member => member.Version is null))
            {
                throw Usage($"No member of group '{Name}' is in '{Printable.Text(Parent)}'. Each member needs a model "
                    + "folder there with model.json and model.onnx.");
            }

            if (GroupText.Missing(members, Parent) is { } missing)
            {
                Console.Error.WriteLine(missing);
            }

            return;
        }

        if (acquired.Refusal is { Code: ErrorCode.ModelNotFound or ErrorCode.ModelIsGroup })
        {
            throw Usage(Missing);
        }

        if (acquired.Refusal is { } unusable)
        {
            throw new CommandException(ExitCodes.Failed, $"{unusable.Code}: {unusable.Message}");
        }
    }

    private static CommandException Usage(string message) => new(ExitCodes.Usage, message);
}
