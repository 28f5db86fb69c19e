using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Serving.Console.Documents;
using ServerlessMme.Serving.Console.Http;
using ServerlessMme.Serving.Console.Workers;
using ServerlessMme.Storage.Models;

namespace ServerlessMme.Serving.Console.Routes;

/// <summary>Published names and their meaning, switching an alias, and the workers on this machine.</summary>
internal sealed class ModelRoutes(
    IModelCatalog catalog, IDropListing listing, ModelManifests manifests, ModelPublisher publisher,
    IWorkerWatch workers, TimeProvider time)
{
    private const int PageSize = 1000;
    private const int MaxMembers = 10_000;
    private static readonly TimeSpan WorkersInterval = TimeSpan.FromSeconds(2);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/console/api/models", ListAsync);
        routes.MapGet("/console/api/models/{name}", ShowAsync);
        routes.MapPut("/console/api/aliases/{alias}", SwitchAsync);
        routes.MapGet("/console/api/workers", WatchAsync);
    }

    private async Task ListAsync(HttpContext context)
    {
        var from = context.Text("from") ?? "";
        var published = await catalog.ListAsync(context.RequestAborted)
            .ToDictionaryAsync(model => model.Name.Value, StringComparer.Ordinal, context.RequestAborted);
        var drops = await listing.ListModelsAsync(context.RequestAborted).Select(model => model.Value)
            .ToHashSetAsync(StringComparer.Ordinal, context.RequestAborted);
        var names = published.Keys.Union(drops).Order(StringComparer.Ordinal)
            .Where(name => string.CompareOrdinal(name, from) >= 0).Take(PageSize + 1).ToList();
        var page = names.Take(PageSize).ToList();
        await manifests.PrepareAsync(
            page.Select(name => published.GetValueOrDefault(name)).OfType<ModelDescriptor>().Where(HasManifest),
            context.RequestAborted);
        await context.AnswerAsync(
            new ModelPage(
                [.. page.Select(name => Describe(name, published.GetValueOrDefault(name), drops.Contains(name)))],
                names.Count > PageSize ? names[^1] : null),
            ConsoleJson.Default.ModelPage);
    }

    private async Task ShowAsync(HttpContext context)
    {
        var name = context.Model();
        var model = await catalog.FindAsync(name, context.RequestAborted);
        var hasDrops = await listing.ListModelsAsync(context.RequestAborted)
            .AnyAsync(each => each == name, context.RequestAborted);
        if (model is null && !hasDrops)
        {
            throw ConsoleException.NotFound($"There is no model '{name}'.");
        }

        var item = Describe(name.Value, model, hasDrops);
        if (model is not null && HasManifest(model))
        {
            var read = await manifests.ReadAsync(model, context.RequestAborted);
            item = read.Facts is { } facts
                ? item with { Labels = facts.Labels, Digest = facts.Digest, Manifest = Parse(facts.Manifest) }
                : item with { Problem = read.Problem };
        }

        var watched = await workers.ReadAsync(context.RequestAborted);
        await context.AnswerAsync(
            WithTrunk(item, watched) with
            {
                MemberNames = model?.Members is { } members
                    ? [.. members.Take(MaxMembers).Select(member => member.Name.Value)]
                    : null,
            },
            ConsoleJson.Default.ModelItem);
    }

    private async Task SwitchAsync(HttpContext context)
    {
        var alias = context.Model("alias");
        var request = await context.ReadAsync(ConsoleJson.Default.AliasRequest);
        var switched = await publisher.AliasAsync(alias, ConsoleQuery.ModelOf(request.Model), context.RequestAborted);
        await context.AnswerAsync(
            new AliasBody(switched.TryGet(out var version, out var refusal)
                ? version
                : throw ConsoleException.Of(refusal)),
            ConsoleJson.Default.AliasBody);
    }

    private async Task WatchAsync(HttpContext context)
    {
        var events = new EventStream(context);
        using var timer = new PeriodicTimer(WorkersInterval, time);
        do
        {
            var watched = await workers.ReadAsync(context.RequestAborted);
            await events.SendAsync("workers", watched, ConsoleJson.Default.IReadOnlyListWatchedWorker);
        }
        while (await timer.WaitForNextTickAsync(context.RequestAborted));
    }

    private static bool HasManifest(ModelDescriptor model) => model is { Members: null, LacksTarget: false };

    private ModelItem Describe(string name, ModelDescriptor? model, bool hasDrops)
    {
        if (model is null)
        {
            return new ModelItem(name, "model", null, null)
            {
                HasDrops = hasDrops,
                Problem = "Nothing is published under this name. Its images and labels are still in storage.",
            };
        }

        var kind = model.Members is not null ? "group"
            : model.Target is not null || model.LacksTarget ? "alias"
            : "model";
        var manifest = HasManifest(model) ? manifests.Find(model) : null;
        return new ModelItem(name, kind, model.Version, kind == "group" ? null : model.Bytes)
        {
            Target = model.Target?.Value,
            Members = model.Members?.Count,
            Missing = model.Members?.Count(member => member.Version is null) is > 0 and var missing ? missing : null,
            Labels = manifest?.Facts?.Labels,
            HasDrops = hasDrops,
            Problem = !model.LacksTarget ? manifest?.Problem
                : kind == "group" ? "None of the group's members is published."
                : "The model that this alias points to isn't published.",
        };
    }

    /// <summary>
    /// Adds the trunk that the model shares. A trunk is known only once a worker has loaded the models that share it.
    /// </summary>
    private static ModelItem WithTrunk(ModelItem item, IReadOnlyList<WatchedWorker> watched)
    {
        var name = item.Target ?? item.Name;
        var models = watched.SelectMany(worker => worker.Models).Where(model => model.Trunk is not null).ToList();
        return models.Find(model => model.Name == name)?.Trunk is not { } trunk
            ? item
            : item with
            {
                Trunk = trunk,
                SharedWith = [.. models.Where(model => model.Trunk == trunk && model.Name != name)
                    .Select(model => model.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                    .Take(PageSize)],
            };
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json.Span.StartsWith("\uFEFF"u8) ? json[3..] : json);
        return document.RootElement.Clone();
    }
}
