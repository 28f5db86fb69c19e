using Mono.Cecil;

namespace ServerlessMme.Architecture.Tests.Checking;

public sealed class FolderCyclesTests
{
    private const string Samples = "ServerlessMme.Architecture.Tests.Samples";

    [Fact]
    public void A_cycle_is_reported_with_a_use_for_each_edge() =>
        Assert.Equal(
            [$"""
            {Samples}.Ring.First -> {Samples}.Ring.Second -> {Samples}.Ring.Third -> {Samples}.Ring.First
              {Samples}.Ring.First -> {Samples}.Ring.Second: Opener uses Keeper in Open
              {Samples}.Ring.Second -> {Samples}.Ring.Third: Keeper uses Token in Tokens
              {Samples}.Ring.Third -> {Samples}.Ring.First: Token uses Opener in Opening
            """],
            Find("Ring"));

    [Fact]
    public void The_root_namespace_is_a_folder_like_any_other() =>
        Assert.Equal(
            [$"""
            {Samples}.Tree -> {Samples}.Tree.Branch -> {Samples}.Tree
              {Samples}.Tree -> {Samples}.Tree.Branch: Trunk uses Leaf in Leaf
              {Samples}.Tree.Branch -> {Samples}.Tree: Leaf uses Trunk in IsOn
            """],
            Find("Tree"));

    [Fact]
    public void Uses_in_one_direction_are_no_cycle() => Assert.Empty(Find("Line"));

    private static IReadOnlyList<string> Find(string sample)
    {
        using var module = ModuleDefinition.ReadModule(typeof(FolderCyclesTests).Assembly.Location);
        return FolderCycles.Find(module, $"{Samples}.{sample}");
    }
}
