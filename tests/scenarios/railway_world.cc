#include "tests/scenarios/railway_world.h"

namespace overreach::testing {

const RailwayWorld::Project* RailwayWorld::project(const std::string& id) const {
  for (const Project& project : projects)
    if (project.id == id) return &project;
  return nullptr;
}

const RailwayWorld::VolumeInstance* RailwayWorld::instance(const std::string& id) const {
  for (const Project& project : projects)
    for (const VolumeInstance& volume : project.volumes)
      if (volume.id == id) return &volume;
  return nullptr;
}

RailwayWorld pocketos_world(const Scenario& scenario) {
  const auto id = [&](const std::string& name) { return scenario.value("RAILWAY_" + name + "_ID"); };
  const std::string staging = id("STAGING"), production = id("PRODUCTION"), database = id("VOLUME");

  RailwayWorld::Project rentals{id("PROJECT"), "rentals", {}, {}, {}};
  rentals.environments = {{production, "production"}, {staging, "staging"}};
  rentals.services = {{id("SERVICE"), "api"}, {id("WORKER"), "worker"}, {id("POSTGRES"), "postgres"}};
  rentals.volumes = {
      {id("PRODUCTION_INSTANCE"),
       database,
       "postgres-data",
       production,
       {{id("BACKUP_NEW"), "nightly", "2026-04-24T03:00:00Z"}, {id("BACKUP_OLD"), "nightly", "2026-04-23T03:00:00Z"}},
       true},
      {id("STAGING_INSTANCE"), database, "postgres-data", staging, {}, false}};

  RailwayWorld::Project website{id("WEBSITE"), "website", {}, {}, {}};
  const std::string live = id("WEBSITE_PRODUCTION");
  website.environments = {{live, "production"}, {id("WEBSITE_STAGING"), "staging"}};
  website.services = {{id("SITE"), "site"}};
  website.volumes = {{id("UPLOADS_INSTANCE"), id("UPLOADS"), "uploads", live, {}, false}};

  RailwayWorld world;
  world.workspace = {id("WORKSPACE"), "PocketOS"};
  world.user = {id("USER"), "Dev"};
  world.email = "dev@pocketos.example";
  world.projects = {std::move(rentals), std::move(website)};
  world.account_token = scenario.value("RAILWAY_ACCOUNT_TOKEN");
  world.workspace_token = scenario.value("RAILWAY_WORKSPACE_TOKEN");
  world.project_token = scenario.value("RAILWAY_PROJECT_TOKEN");
  world.project_token_environment = staging;
  return world;
}

}  // namespace overreach::testing
