using System.CommandLine;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Composition;

/// <summary>The argument that names a model in storage.</summary>
internal static class ModelArgument
{
    public static Argument<string> Create()
    {
        var model = new Argument<string>("model") { Description = "The model's name." };
        LocalModels.Complete(model);
        return model;
    }

    /// <exception cref="CommandException">The text is not a model's name.</exception>
    public static ModelName Parse(string text) => ModelName.Parse(text).TryGet(out var name, out var refusal)
        ? name
        : throw new CommandException(ExitCodes.Usage, refusal.Message);
}
