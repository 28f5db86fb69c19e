using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Catalogs;
using ServerlessMme.Core.Pipeline;

namespace ServerlessMme.Cli.Candidates;

/// <summary>A candidate: a local model folder, or a published model.</summary>
/// <param name="text">The path or name that the user specified.</param>
/// <param name="local">Host of the folder's model, which this instance disposes; null for a published model.</param>
internal sealed class CandidateModel(string text, ModelName name, IServiceProvider services, CommandHost? local)
    : IDisposable
{
    /// <summary>The folder's path, or the published model's name.</summary>
    public string Text => text;

    public ModelName Name => name;

    public bool IsFolder => local is not null;

    public BatchClassifier Classifier => services.GetRequiredService<BatchClassifier>();

    /// <summary>Finds the candidate. A folder takes precedence, as everywhere in mme.</summary>
    /// <param name="model">The model that the candidate would replace.</param>
    /// <param name="storage">Services of the storage account.</param>
    /// <exception cref="CommandException">
    /// The text is neither a folder nor a valid name, or it names the model itself.
    /// </exception>
    public static CandidateModel Find(string text, ModelName model, IServiceProvider storage)
    {
        var folder = new ModelFolder(text);
        if (folder.Exists)
        {
            return OfFolder(folder.FullPath, model);
        }

        if (!ModelName.Parse(text).TryGet(out var name, out _))
        {
            throw new CommandException(
                ExitCodes.Usage, ModelFolder.FindProblem(text) ?? folder.Missing);
        }

        return name == model
            ? throw new CommandException(
                ExitCodes.Usage,
                $"'{name}' is the published model itself. Specify a model folder, or a model published under another "
                + "name.")
            : OfPublished(name, storage);
    }

    /// <summary>Creates a candidate that is a published model.</summary>
    /// <param name="storage">Services of the storage account.</param>
    public static CandidateModel OfPublished(ModelName name, IServiceProvider storage) =>
        new(name.Value, name, storage, null);

    /// <summary>Creates a candidate from a local model folder, regardless of the folder's name.</summary>
    public static CandidateModel OfFolder(string folder, ModelName model)
    {
        var host = LocalHost.Build(FolderModelCatalog.Of(model, folder));
        return new CandidateModel(folder, model, host.Services, host);
    }

    /// <summary>Loads the model.</summary>
    /// <exception cref="CommandException">The model is not published, or cannot be used.</exception>
    public async Task<ModelLease> AcquireAsync(CancellationToken cancellationToken)
    {
        var acquired = await services.GetRequiredService<ModelCache>().AcquireAsync(name, null, cancellationToken);
        if (acquired.Lease is { } lease)
        {
            return lease;
        }

        var refusal = acquired.Refusal!;
        throw refusal.Code == ErrorCode.ModelNotFound && !IsFolder
            ? new CommandException(
                ExitCodes.NotFound,
                $"'{name}' is neither a model folder nor a published model. 'mme models list' lists the published "
                    + "models.")
            : new CommandException(
                ExitCodes.Failed,
                $"The candidate '{Printable.Text(text)}' can't be used. {refusal.Code}: {refusal.Message}");
    }

    public void Dispose() => local?.Dispose();
}
