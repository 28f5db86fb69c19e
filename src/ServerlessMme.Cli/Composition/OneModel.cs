using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Composition;

/// <summary>Finds the published model for commands that need exactly one.</summary>
internal static class OneModel
{
    /// <summary>Returns the model published under the name, or null if nothing is published.</summary>
    /// <exception cref="CommandException">The name belongs to a group.</exception>
    public static async Task<ModelDescriptor?> FindAsync(
        IServiceProvider services, ModelName name, CancellationToken cancellationToken)
    {
        var found = await services.GetRequiredService<IModelCatalog>().FindAsync(name, cancellationToken);
        if (found?.Members is null)
        {
            return found;
        }

        var refusal = ModelGroup.RefuseOne(name);
        throw new CommandException(ExitCodes.Failed, $"{refusal.Code}: {refusal.Message}");
    }
}
