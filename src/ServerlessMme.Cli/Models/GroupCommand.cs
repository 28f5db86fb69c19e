using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Output;
using ServerlessMme.Core.Models;
using ServerlessMme.Storage.Models;

namespace ServerlessMme.Cli.Models;

/// <summary><c>mme models group</c>.</summary>
internal static class GroupCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("group") { Description = "The name that stands for the members." };
        var members = new Argument<string[]>("member")
        {
            Description = "Models and aliases in the group. If you specify neither members nor --prefix, the command "
                + "shows the group.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var prefix = new Option<string?>("--prefix")
        {
            Description = "Include every model and alias whose name begins with this prefix, even if published later.",
            HelpName = "PREFIX",
        };
        var json = JsonOption.Create("Print the group as one JSON object.");
        var command = new ExampleCommand(
            "group",
            "Defines or shows a group: a name that stands for many models, all of which score every image.",
            """
            Examples:
              mme models group topics topic-cats topic-boats
              mme models group topics --prefix topic-
              mme models group topics @members.txt
              mme models group topics

            An image dropped into images-GROUP gets one label with an answer from every member. @members.txt reads the
            names from a file. You can publish a member later; until then, its answer is a refusal. If you run the
            command again, it replaces the members. Members that stay keep their answers. To remove a group, use
            'mme models remove'.
            """)
        {
            name, members, prefix, json,
        };
        NotEmpty.Check(name, members, prefix);
        return StorageHost.Run(command, async (parsed, services, cancellationToken) =>
        {
            var group = ModelArgument.Parse(parsed.GetRequiredValue(name));
            var names = parsed.GetValue(members) ?? [];
            var start = parsed.GetValue(prefix);
            if (names.Length > 0 && start is not null)
            {
                return ModelsCommand.Usage("Specify either members or --prefix; 'mme models group --help' shows how.");
            }

            if (names.Length == 0 && start is null)
            {
                return await ShowAsync(
                    services.GetRequiredService<IModelCatalog>(), group, parsed.GetValue(json), cancellationToken);
            }

            var defined = start is null
                ? ModelGroup.Of(group, [.. names.Select(ModelArgument.Parse)])
                : ModelGroup.Of(group, start);
            return defined.TryGet(out var definition, out var refusal)
                ? await PublishAsync(services, group, definition, cancellationToken)
                : ModelsCommand.Usage(refusal.Message);
        });
    }

    /// <summary>Prints a group or an alias as JSON.</summary>
    internal static int Print(ModelDescriptor descriptor)
    {
        JsonOutput.Write(ListedModel.Of(descriptor), ModelsJson.Default.ListedModel);
        return ExitCodes.Done;
    }

    private static async Task<int> PublishAsync(
        IServiceProvider services, ModelName name, ModelGroup group, CancellationToken cancellationToken)
    {
        var catalog = services.GetRequiredService<IModelCatalog>();
        var before = (await catalog.FindAsync(name, cancellationToken))?.Members;
        var published = await services.GetRequiredService<ModelPublisher>()
            .GroupAsync(name, group, catalog, cancellationToken);
        if (!published.TryGet(out var descriptor, out var refusal))
        {
            return ModelsCommand.Refused(refusal);
        }

        if (descriptor.Members is not { } members)
        {
            // More models have the prefix than a group may have members. Fetching the group explains that.
            return await ModelsCommand.ExplainAsync(catalog, descriptor, cancellationToken);
        }

        Console.WriteLine(
            $"{name} is published as version {descriptor.Version}, with {GroupText.Members(members)}. "
            + $"Drop images into {name.ImagesContainer}.");
        if (before is not null && GroupText.Changes(before, members) is { } changes)
        {
            Console.WriteLine(changes);
        }

        if (GroupText.Missing(members) is { } missing)
        {
            await Console.Error.WriteLineAsync(missing);
        }
        else if (members.Count == 0)
        {
            await Console.Error.WriteLineAsync(
                $"No published name begins with '{group.Prefix}' yet. Models that you publish with this prefix join "
                + "automatically.");
        }

        return ExitCodes.Done;
    }

    private static async Task<int> ShowAsync(
        IModelCatalog catalog, ModelName name, bool isJson, CancellationToken cancellationToken)
    {
        if (await catalog.FindAsync(name, cancellationToken) is not { } descriptor)
        {
            Console.Error.WriteLine($"There is no group '{name}'. 'mme models list' lists the groups.");
            return ExitCodes.NotFound;
        }

        if (isJson)
        {
            return Print(descriptor);
        }

        if (descriptor.Members is { } members)
        {
            GroupText.Show(descriptor, members);
            return ExitCodes.Done;
        }

        if (descriptor.Target is null
            && (await catalog.FetchAsync(descriptor, cancellationToken)).Refusal is { } refusal)
        {
            return ModelsCommand.Refused(refusal);
        }

        Console.WriteLine(descriptor.Target is { } target
            ? $"{name} is an alias of {target}, not a group. Its version is {descriptor.Version}."
            : $"{name} is a model, not a group. Its version is {descriptor.Version}.");
        return ExitCodes.Done;
    }
}
