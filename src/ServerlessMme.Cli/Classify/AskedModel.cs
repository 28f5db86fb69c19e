using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Cli.Classify;

/// <summary>The model or group that the user asks.</summary>
/// <param name="Parent">The folder of models that it is in.</param>
/// <param name="Missing">Says that it is not there.</param>
internal sealed record AskedModel(ModelName Name, string Parent, string Missing, bool IsGroup)
{
    /// <exception cref="CommandException">The text cannot be a model's.</exception>
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

    /// <exception cref="CommandException">The text cannot be a group's.</exception>
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

    /// <summary>Checks that it can be asked, and says on standard error which members cannot.</summary>
    /// <param name="members">Of a group.</param>
    /// <exception cref="CommandException">It cannot.</exception>
    public void Check(AcquiredModel acquired, IReadOnlyList<GroupMember>? members)
    {
        if (IsGroup && members is null && acquired.Refusal is null)
        {
            throw Usage($"'{Name}' is a model folder, which comes before the group's file of that name. Use --model.");
        }

        if (IsGroup && members is not null)
        {
            if (members.All(member => member.Version is null))
            {
                throw Usage($"No member of group '{Name}' is in '{Printable.Text(Parent)}': a member is a model folder "
                    + "there, with model.json and model.onnx in it.");
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
